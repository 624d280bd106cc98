// Floating-point values: they come in the xmm registers, counted apart from the integers, and are kept in the frame.
//
//   stackglass show examples/floating.c
//   stackglass explain examples/floating.c heron
//
// expect-stack: heron area main
// expect-output: a triangle of 3, 4 and 5 has an area of 6.00
#include <stdio.h>

static double heron(double value, int rounds) {
    double root = value / 2;
    for (int i = 0; i < rounds; i++)
        root = (root + value / root) / 2;
    return root;
}

static double area(float a, float b, float c) {
    double s = ((double)a + b + c) / 2;
    return heron(s * (s - a) * (s - b) * (s - c), 20);
}

int main(void) {
    double triangle = area(3.0F, 4.0F, 5.0F);
    printf("a triangle of 3, 4 and 5 has an area of %.2f\n", triangle);
    return 0;
}
