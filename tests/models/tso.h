/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as x86 has it: what a thread stores goes first into its own store
 * buffer, two deep, and reaches memory in order but at any later time.  A
 * full fence waits for the buffer to be empty.  (A model without buffers
 * passes with no fences at all, and proves nothing.)
 *
 * No thread of our models loads what it stores, so none looks into its own
 * buffer.
 */
byte memory[MEMORY];
chan buffer[2] = [2] of { byte, byte };

active [2] proctype store_buffer()
{
	byte where, what;
end:	do
	:: atomic { buffer[_pid] ? where, what -> memory[where] = what }
	od
}

#define STORE(thread, where, what) buffer[thread] ! where, what
#define LOAD(where)		   memory[where]
#define FENCE(thread)		   empty(buffer[thread])
