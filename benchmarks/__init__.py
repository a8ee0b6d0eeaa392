"""Speed, measured: `make bench`. Tests assert behaviour, and this asserts figures."""
