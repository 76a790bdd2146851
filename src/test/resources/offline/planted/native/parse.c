#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void copy_name(char *target, const char *source)
{
    strcpy(target, source);
}

void greet(char *buffer, const char *name)
{
    sprintf(buffer, "hello %s", name);
}

int list(const char *command)
{
    return system(command);
}
