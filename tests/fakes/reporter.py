"""How fakes report: by POST, some things more than once, in any order, and again while nobody takes them."""

import random
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass


@dataclass(frozen=True)
class Post:
    """One report. `sign` makes the headers when it goes out: signatures hold for minutes."""

    url: str
    body: bytes
    sign: Callable[[], dict[str, str]]

    def send(self) -> int:
        """Return the HTTP status of the answer; 0 when there is none."""
        request = urllib.request.Request(self.url, self.body, self.sign())
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0


class Reporter:
    """Sends reports by itself, as a provider does: `times` each, `shuffled` with those of other messages.

    `pauses`: the seconds after which what was not taken is sent again.
    """

    def __init__(
        self, closing: threading.Event, *, times: int = 1, shuffled: bool = False, pauses: Sequence[float] = ()
    ) -> None:
        self.closing, self.times, self.shuffled, self.pauses = closing, times, shuffled, pauses
        self.answers: Counter[int] = Counter()
        self.lock = threading.Lock()
        self.chance = random.Random("reports")
        self.waiting: list[Post] = []
        self.futures: list[Future[None]] = []
        self.pool = ThreadPoolExecutor(8, thread_name_prefix="reporter")

    def tell(self, posts: Sequence[Post]) -> None:
        """Send reports of one message, in order unless all is shuffled: then each waits for a while among others."""
        with self.lock:
            if not self.shuffled:
                self.futures.append(self.pool.submit(self._send, list(posts) * self.times))
                return
            self.waiting += list(posts) * self.times
            self._let_go(SHUFFLED_AMONG)

    def settle(self, patience: float = 30) -> Counter[int]:
        """Send what still waits, wait until all is sent, and return the answers counted."""
        with self.lock:
            self._let_go(0)
            futures = list(self.futures)
        wait(futures, patience)
        return Counter(self.answers)

    def _let_go(self, most: int) -> None:
        while len(self.waiting) > most:
            post = self.waiting.pop(self.chance.randrange(len(self.waiting)))
            self.futures.append(self.pool.submit(self._send, [post]))

    def _send(self, posts: list[Post]) -> None:
        for post in posts:
            status = post.send()
            for pause in self.pauses:
                if 200 <= status < 300 or self.closing.wait(pause):
                    break
                status = post.send()
            with self.lock:
                self.answers[status] += 1


SHUFFLED_AMONG = 40


def send_all(posts: Sequence[Post], *, times: int, shuffled: bool) -> list[int]:
    """Send reports now, one after the other; return the answers."""
    chosen = list(posts) * times
    if shuffled:
        random.shuffle(chosen)
    return [post.send() for post in chosen]
