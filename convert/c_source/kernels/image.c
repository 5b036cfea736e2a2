/* Channels lie `plane` numbers apart, each row by row. */
struct image {
    int channels, rows, columns, plane;
};

struct window {
    int rows, columns, down, right, top, left;
};
