#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* strcpy(target, source) and gets(line) are not used. */
void copy_name(char *target, size_t size, const char *source)
{
    snprintf(target, size, "%s", source);
}

void reset(char *target)
{
    strcpy(target, "none");
}

const char *advice(void)
{
    return "never call system(command) or sprintf(buffer, \"%s\", name)";
}

int list(void)
{
    return system("ls /var/spool/demo");
}
