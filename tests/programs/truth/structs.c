/* Structs of structs, arrays of structs, padding inside, passed by address. */
struct point {
    int x;
    int y;
};

struct shape {
    char tag;
    struct point corners[3];
    double area;
    short weight;
};

__attribute__((noinline)) static double measure(const struct shape *shape)
{
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        const struct point *corner = &shape->corners[i];
        sum += corner->x * 0.5 + corner->y;
    }
    return sum + shape->weight;
}

__attribute__((noinline)) static void grow(struct shape *shape, int by)
{
    for (int i = 0; i < 3; i++) {
        shape->corners[i].x += by;
        shape->corners[i].y -= by;
    }
    shape->area = measure(shape);
}

int main(void)
{
    struct shape triangle = {'t', {{1, 2}, {3, 4}, {5, 6}}, 1.5, -7};
    struct point origin = {0, 0};
    grow(&triangle, 2);
    origin.x = triangle.corners[2].x;
    return triangle.area > 100 ? 1 : origin.y;
}
