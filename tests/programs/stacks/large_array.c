/* An array of a length that no stack has room for. */
int fill(long length) {
    char bytes[length];
    bytes[0] = 1;
    return bytes[0];
}

int main(void) { return fill(100000000); }
