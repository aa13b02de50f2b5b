"""The doctor for NVIDIA GPU machines used for machine learning."""

__version__ = "0.1.0"
