"""Tiny made-up archives in MovieLens' formats, and a web server on this machine to send them."""

import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_FLAGS = {1: "0001110000000000000", 2: "0000000010000010000", 3: "1000000000000000000"}


def _item(movie: int, title: str, date: str = "") -> str:
    return f"{movie}|{title}|{date}||http://example.org/|{'|'.join(_FLAGS[movie])}\n"


_CSV = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,2,0.5,1260759144\n1,1,4.5,1260759179\n"
    "2,2,3.0,835355493\n",
    "movies.csv": "movieId,title,genres\n"
    "1,Toy Story (1995),Adventure|Animation|Children|Comedy|Fantasy\n"
    '2,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Drama\n'
    "3,Death Note: Desu nôto (2006–2007),(no genres listed)\n"
    '4,"She said ""No"" (2009– )",Drama\n'
    "5,Babylon 5,Sci-Fi\n",
}
# dataset → (folder inside the archive, {member: text}, the text's encoding)
TEXTS = {
    "ml-100k": (
        "ml-100k",
        {
            "u.data": "2\t1\t5\t881250949\n1\t2\t3\t891717742\n1\t1\t4\t878887116\n",
            "u.item": _item(1, "Toy Story (1995)", "01-Jan-1995")
            + _item(2, "Misérables, Les (1995) ", "01-Jan-1995")
            + _item(3, "unknown"),
            "u.user": "1|24|M|technician|85711\n2|56|F|other|T8H1N\n",
        },
        "latin-1",
    ),
    "ml-1m": (
        "ml-1m",
        {
            "ratings.dat": "1::2::5::978300760\n1::1::3::978302109\n2::2::1::978301968\n",
            "movies.dat": "1::Associate, The (L'Associé)(1982)::Comedy\n"
            "2::Toy Story (1995)::Animation|Children's|Comedy\n"
            "3::Land Before Time III: The Time of the Great Giving (1995) (V)::Animation\n",
            "users.dat": "1::F::1::10::48067\n2::M::56::0::02460-1234\n",
        },
        "latin-1",
    ),
    "ml-10m": (
        "ml-10M100K",
        {
            "ratings.dat": "1::2::3.5::838985046\n2::1::0.5::838983525\n",
            "movies.dat": '1::"Great Performances" Cats (1998)::Musical\n2::Amélie (2001)::Drama\n',
        },
        "utf-8",
    ),
    **{name: (name, _CSV, "utf-8") for name in ("ml-20m", "ml-25m", "ml-32m", "ml-latest-small")},
}
WHEEL_TEXTS = {
    "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    + TEXTS["ml-100k"][1]["u.data"],
    "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "1\tToy Story\t1995\tAnimation Children's Comedy\n"
    "2\tMisérables, Les\t1995\tDrama Romance\n"
    "3\tunkonwn\tunkonwn\tunknown\n",
    "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    + TEXTS["ml-100k"][1]["u.user"].replace("|", "\t"),
}


def write_archive(folder: Path, name: str, **changes: str | bytes | None) -> Path:
    """``<folder>/<name>.zip``; a change maps "ratings", "movies" or "users" to text or None."""
    inside, texts, encoding = TEXTS[name]
    members = dict(zip(texts, ("ratings", "movies", "users"), strict=False))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for member, text in texts.items():
            text = changes.get(members[member], text)
            if text is not None:
                bundle.writestr(
                    f"{inside}/{member}", text if isinstance(text, bytes) else text.encode(encoding)
                )
    return path


def write_wheel(folder: Path) -> Path:
    """A wheel holding ml-100k the way RecBole's does."""
    path = folder / "recbole-1.2.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for member, text in WHEEL_TEXTS.items():
            bundle.writestr(f"recbole/dataset_example/ml-100k/{member}", text)
    return path


@contextmanager
def serve(routes: dict[str, tuple[int, bytes]], cut: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Serve ``{path: (status, body)}``; gives the base URL and the list of paths asked for.

    ``cut``: promise the whole body, but close the connection that many bytes too early.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = routes.get(self.path, (404, b"not here"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) - cut])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
