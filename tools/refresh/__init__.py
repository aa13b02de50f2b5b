"""Parts of tools/refresh_matrix.py: the registry, what its metadata says, and the rows' lines."""
