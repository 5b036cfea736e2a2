/* Sizes, and how far apart channels, rows and columns lie, in numbers. */
struct image {
    int channels, rows, columns;
    int channel, row, column;
};

struct window {
    int rows, columns, down, right, top, left;
};
