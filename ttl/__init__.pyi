# TT-Lang, as type checkers see it: also the functions of blocks, which `__all__` leaves out.

import ttl as ttl
from ttlang import __version__ as __version__
from ttlang.driver.decorators import kernel as kernel
from ttlang.driver.decorators import operation as operation
from ttlang.language import *
from ttlang.language.math import *
