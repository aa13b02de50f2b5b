"""What stands in for PyTorch and TensorFlow; copied as ``_simulated`` into a test's environment.

The driver that these ask is real C code (``native/``), reached as the real ones reach theirs;
only the arithmetic is done in Python.
"""
