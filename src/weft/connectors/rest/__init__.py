"""Records of pages to Arrow: parsed in C++, widened along a lattice, nothing lost."""
