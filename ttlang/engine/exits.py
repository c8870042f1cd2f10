"""How the commands end."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `ttlang`."""

    OK = 0
    KERNEL = 1
    COMMAND = 2
    SCRIPT = 3
    INTERNAL = 4


EXIT_CODES = {
    Exit.OK: "all is well; warnings may have been printed",
    Exit.KERNEL: "a kernel has errors",
    Exit.COMMAND: "the command line or a setting is wrong, or a file can't be read or written",
    Exit.SCRIPT: "the script itself failed, or exited with a status of its own",
    Exit.INTERNAL: "an error of ttlang itself (TTL0001): report it, with the file that it names",
}
