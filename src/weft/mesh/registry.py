"""Where the registry is: opened by what mesh.yaml says, and moved to another database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.errors import Invalid

if TYPE_CHECKING:
    from pathlib import Path

    from weft.model import Mesh
    from weft.registries.move import Moved, Place
    from weft.registries.upgrade import Upgrade
    from weft.seams import Registry, Vault


def opened(mesh: Mesh, root: Path, vault: Vault) -> Registry:
    """The mesh's registry, made or migrated first where that is needed.

    Args:
        mesh: its settings.
        root: the mesh's folder.
        vault: knows the password.

    Raises:
        Invalid: no such URL, a password in it, or a registry of a newer version.
        Unavailable: the database does not answer, or there is no such secret.
    """
    from weft.registries.open import open_registry

    place = place_of(mesh, root, vault)
    return open_registry(place.url, password=place.password)


def place_of(mesh: Mesh, root: Path, vault: Vault) -> Place:
    """The mesh's registry as a place to move to or from."""
    from weft.registries.move import Place

    return Place(_absolute(mesh.registry, root), _password(mesh.registry_password, vault))


def move(mesh: Mesh, root: Path, to: str, password: str = "") -> Moved:
    """Copy the registry of a mesh to another database, or bring an older copy there up to date.

    Args:
        mesh: its settings.
        root: its folder.
        to: URL of the other database, as in mesh.yaml.
        password: reference of its password; empty = none.

    Raises:
        Invalid: it is the same database, or holds something else.
        Unavailable: somebody works on the mesh, or a database does not answer.
    """
    from weft.mesh.process import alive
    from weft.registries import move as registries
    from weft.vaults.vault import open_vault

    vault = open_vault(root)
    source = place_of(mesh, root, vault)
    target = registries.Place(_absolute(to, root), _password(password, vault))
    return registries.move(source, target, alive=alive)


def upgrade(mesh: Mesh, root: Path, *, dry_run: bool) -> Upgrade:
    """Lead the registry to the schema of this weft, or say what that would do.

    Args:
        mesh: its settings.
        root: its folder.
        dry_run: try it and take it back.

    Raises:
        Invalid: the registry is of a newer version.
        Broken: it cannot be upgraded; nothing is changed.
    """
    from weft.registries import upgrade as registries
    from weft.registries.open import open_registry
    from weft.vaults.vault import open_vault

    place = place_of(mesh, root, open_vault(root))
    found = registries.tried(place) if registries.there(place) else registries.Upgrade("", ())
    if not dry_run:
        open_registry(place.url, password=place.password).close()
    return found


def _password(reference: str, vault: Vault) -> str:
    if reference.startswith("secret://vault/"):
        raise Invalid(
            "the registry's own password cannot lie in the vault, which is kept in the registry",
            hint="Write registryPassword: secret://env/NAME or secret://file/PATH.",
        )
    return vault.get(reference) if reference else ""


def _absolute(url: str, root: Path) -> str:
    """A relative SQLite path is relative to the mesh's folder."""
    kind, separator, path = url.partition(":///")
    if not separator or kind != "sqlite" or path.startswith("/"):
        return url
    if not path:
        raise Invalid("the registry's URL names no file", hint="Write sqlite:///PATH.")
    (root / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite:///{root / path}"
