"""
The way out to a card through ttnn: a Python module that builds the program's descriptors and hands them to
`ttnn.generic_op`. It needs ttnn alone, and runs with the releases 0.69 and 0.81. `launch_program` runs the same text in
this process.
"""

from ttlang.backends.ttnn.launch import launch_program
from ttlang.backends.ttnn.runner import KERNEL_FOLDER, RUNNER_NAME, VALUES_FOLDER, runner_source
from ttlang.backends.ttnn.tensor_uses import Role, TensorUse, tensor_uses

__all__ = [
    "KERNEL_FOLDER",
    "RUNNER_NAME",
    "VALUES_FOLDER",
    "Role",
    "TensorUse",
    "launch_program",
    "runner_source",
    "tensor_uses",
]
