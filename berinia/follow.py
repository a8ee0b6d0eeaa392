"""The logs of several processes as one, each line with the name of its process before it."""

from io import TextIOWrapper
from pathlib import Path


class Follower:
    """Prints what is added to the files `<name>.log` of a folder. Files may appear, and begin anew, at any time."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.paths = {name: folder / f"{name}.log" for name in names}
        self.width = max(map(len, names))
        self.files: dict[str, TextIOWrapper] = {}
        for name, path in self.paths.items():
            if path.exists():  # what it says of earlier times has been said
                self._open(name).seek(0, 2)

    def print_new(self) -> None:
        """Print the lines added since the last call."""
        for name, path in self.paths.items():
            if not path.exists():
                continue
            file = self.files.get(name) or self._open(name)
            if path.stat().st_size < file.tell():
                file = self._open(name)
            for line in file.read().splitlines():
                print(f"{name:{self.width}} | {line}", flush=True)

    def _open(self, name: str) -> TextIOWrapper:
        if name in self.files:
            self.files[name].close()
        self.files[name] = self.paths[name].open(errors="replace")
        return self.files[name]
