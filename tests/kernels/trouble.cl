// What goes wrong: an address that nobody mapped, a loop without end, a trap, and nothing at all
kernel void read_at(ulong address, global uint *out)
{
    *out = *(global volatile uint *)address;
}

kernel void write_at(ulong address, uint value)
{
    *(global volatile uint *)address = value;
}

kernel void endless(global volatile uint *flag)
{
    while (*flag == 0)
        ;
}

kernel void trap(void)
{
    __builtin_trap();
}

kernel void nothing(void) {}

kernel void illegal(void)
{
    __asm__ volatile(".long 0xbf9fffff"); // SOPP has no such opcode on any target
}

kernel void go_on(global uint *out)
{
    __builtin_debugtrap();
    *out = 7;
}
