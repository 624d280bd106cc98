// A struct and an array among the locals: their members and elements lie in order, with padding for alignment.
//
//   stackglass show --at farthest:return examples/struct_array.c
//
// A struct that fits into two registers is passed in them; a pointer shows what it points at.
//
// expect-stack: farthest main
// expect-output: farthest: C at (6, 8)
#include <stdio.h>

struct point {
    char name;
    int x, y;
};

static int distance_squared(struct point p) {
    return p.x * p.x + p.y * p.y;
}

static int farthest(const struct point *points, int count) {
    int distances[3];
    int best = 0;
    for (int i = 0; i < count; i++) {
        distances[i] = distance_squared(points[i]);
        if (distances[i] > distances[best])
            best = i;
    }
    return best;
}

int main(void) {
    struct point corners[3] = {{'A', 1, 1}, {'B', 3, 4}, {'C', 6, 8}};
    struct point winner = corners[farthest(corners, 3)];
    printf("farthest: %c at (%d, %d)\n", winner.name, winner.x, winner.y);
    return 0;
}
