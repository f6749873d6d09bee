"""In-memory drivers of the seams, for tests here and in plug-ins."""
