"""Missing files from the Hugging Face hub: resumed, checked, and under their final names only when whole."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Protocol

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.utils import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError

from ..errors import LoadError
from ..types import Progress, no_progress
from .catalog import CatalogEntry
from .write import require_space, sha256_of

_TRANSPORT_ERRORS = tuple(
    base for base in HfHubHTTPError.__mro__ if issubclass(base, Exception) and base is not Exception
)
"""The client's own HTTP error and all above it: OSError, and what the HTTP library raises (requests or httpx)."""
_AGAIN = "Run the same command again: it goes on where it stopped."


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository.

    Attributes:
        name: path inside the repository.
        size: bytes; 0 if the hub does not say.
        sha256: hexadecimal digits for large files, ``None`` for small ones.
    """

    name: str
    size: int
    sha256: str | None


class Hub(Protocol):
    """Where files come from."""

    def files(self, repository: str) -> list[RemoteFile]:
        """All files of a repository."""
        ...

    def fetch(self, repository: str, name: str, folder: Path) -> None:
        """Put one file at ``folder / name``, going on with an unfinished one."""
        ...


@dataclass(frozen=True)
class HuggingFaceHub:
    """The hub through its own client, which resumes, and obeys HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE.

    Attributes:
        token: for gated repositories; ``None`` takes the one of HF_TOKEN or of the login.
        endpoint: address of a mirror; ``None`` takes HF_ENDPOINT or the hub's own.
    """

    token: str | None = None
    endpoint: str | None = None

    def files(self, repository: str) -> list[RemoteFile]:
        """All files of a repository, with the sizes and SHA-256 that the hub states."""
        with _explained(repository):
            info = HfApi(endpoint=self.endpoint, token=self.token).model_info(repository, files_metadata=True)
        return [
            RemoteFile(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else None)
            for file in info.siblings or ()
        ]

    def fetch(self, repository: str, name: str, folder: Path) -> None:
        """Put one file at ``folder / name``; while unfinished it lies in ``folder / .cache``."""
        with _explained(repository):
            hf_hub_download(repository, name, local_dir=folder, token=self.token, endpoint=self.endpoint)


def download(entry: CatalogEntry, models: Path, hub: Hub, progress: Progress = no_progress) -> Path:
    """Bring an entry of the catalog into a models folder; whole files that are there already are kept.

    Args:
        entry: what to bring.
        models: folder below which the entry's own folder is made.
        hub: where from.
        progress: told of bytes after each file.

    Returns:
        The entry's folder.

    Raises:
        LoadError: hub out of reach, repository gated or changed, disk too small, or a file that is not what the
            hub says.
    """
    wanted = _wanted(entry, hub.files(entry.repository))
    folder = models / entry.folder
    absent = [file for file in wanted if not _is_whole(folder / file.name, file)]
    require_space(folder, sum(file.size for file in absent))
    total = sum(file.size for file in wanted)
    done = total - sum(file.size for file in absent)
    for file in absent:
        hub.fetch(entry.repository, file.name, folder)
        _refuse_wrong(folder / file.name, file)
        done += file.size
        progress(f"download {file.name}", done, total)
    return folder


def _wanted(entry: CatalogEntry, files: list[RemoteFile]) -> list[RemoteFile]:
    """The files of a repository that the entry needs.

    Raises:
        LoadError: a pattern that nothing fits, or a name that leaves the folder.
    """
    chosen = {pattern: [file for file in files if fnmatchcase(file.name, pattern)] for pattern in entry.files}
    wanted = [file for group in chosen.values() for file in group]
    absent = [pattern for pattern, group in chosen.items() if not group]
    found = _oddity(wanted, absent)
    if found:
        remedy = f"The repository has changed; download the files by hand into a folder called {entry.folder}."
        raise LoadError(f"{found} in {entry.repository}", f"the files {', '.join(entry.files)}", remedy)
    return wanted


def _oddity(wanted: list[RemoteFile], absent: list[str]) -> str | None:
    """What is wrong with a choice of files: a name that leaves the folder, or an exact name without a file."""
    for file in wanted:
        if ".." in PurePosixPath(file.name).parts or file.name.startswith("/"):
            return f"the file name {file.name}"
    exact = [pattern for pattern in absent if "*" not in pattern]
    return f"no {', '.join(exact or absent)}" if exact or not wanted else None


def _is_whole(path: Path, file: RemoteFile) -> bool:
    """Whether the file is there as the hub describes it."""
    if not path.is_file() or (file.size and path.stat().st_size != file.size):
        return False
    return file.sha256 is None or sha256_of(path) == file.sha256


def _refuse_wrong(path: Path, file: RemoteFile) -> None:
    """Delete a file that is not what the hub says, and raise LoadError."""
    if _is_whole(path, file):
        return
    size = path.stat().st_size if path.is_file() else 0
    path.unlink(missing_ok=True)
    raise LoadError(
        f"{file.name} of {size:,} bytes with another checksum than the hub's",
        f"{file.size:,} bytes with SHA-256 {file.sha256}",
        "It was deleted. Run the same command again; if that repeats, the mirror or a proxy changes files.",
    )


@contextmanager
def _explained(repository: str) -> Iterator[None]:
    """Turn what the hub's client raises into words for the user."""
    try:
        yield
    except GatedRepoError as error:
        remedy = (
            f"Log in at huggingface.co/{repository}, accept the licence there, make an access token in your "
            "settings and set it as HF_TOKEN (or run: hf auth login)."
        )
        raise LoadError(f"{repository} closed to you", "an account that accepted its licence", remedy) from error
    except RepositoryNotFoundError as error:
        remedy = "Check the token; the repository may have moved or become private."
        raise LoadError(f"no repository {repository} for you", "a public repository", remedy) from error
    except OfflineModeIsEnabled as error:
        remedy = "Unset HF_HUB_OFFLINE, or copy the files by hand; the list of what is needed names them."
        raise LoadError("offline mode (HF_HUB_OFFLINE)", "a connection to the hub", remedy) from error
    except _TRANSPORT_ERRORS as error:
        raise _unreached(repository, error) from error


def _unreached(repository: str, error: Exception) -> LoadError:
    """The error for a broken connection or a full disk."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return LoadError("a disk that got full while downloading", "room for the file", f"Free some space. {_AGAIN}")
    line = str(error).partition("\n")[0] or type(error).__name__
    remedy = f"{_AGAIN} Where the hub is blocked, set HF_ENDPOINT to a mirror that you trust."
    return LoadError(f"a broken connection for {repository} ({line})", "an answer of the hub", remedy)
