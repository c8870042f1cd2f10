// The object interface of the kernel API, as kernels include it: compute kernels have no transfers.
#pragma once

#include "kernel_buffers.h"
#ifndef COMPILE_FOR_TRISC
#include "kernel_semaphores.h"
#endif
