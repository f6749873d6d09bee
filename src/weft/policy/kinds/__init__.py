"""Policy types, one file each; the module's name is the kind's."""
