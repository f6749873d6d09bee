"""How a bucket is reached: the same words for tables and for sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from weft.errors import Invalid
from weft.model.noun import Noun

if TYPE_CHECKING:
    from collections.abc import Callable

_CLIENT = {
    "s3": {
        "endpoint": "aws_endpoint",
        "region": "aws_region",
        "access_key": "aws_access_key_id",
        "secret_key": "aws_secret_access_key",
        "session_token": "aws_session_token",
    },
    "az": {
        "endpoint": "azure_endpoint",
        "account": "azure_storage_account_name",
        "account_key": "azure_storage_account_key",
        "sas_token": "azure_storage_sas_key",
        "tenant": "azure_storage_tenant_id",
        "client": "azure_storage_client_id",
        "client_secret": "azure_storage_client_secret",
    },
}


class StorageOptions(Noun):
    """How a bucket is reached; what is not said is looked for in the environment: AWS_*, AZURE_*, instance roles."""

    # A source's `config` is read as it is written: camelCase.
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    endpoint: str = ""
    """URL of what speaks like S3 (MinIO, Ceph) or of a private Azure endpoint."""
    region: str = ""
    """S3."""
    access_key: str = ""
    """S3: reference of the access key's id, secret://env/NAME."""
    secret_key: str = ""
    """S3: reference of the secret key."""
    session_token: str = ""
    """S3: reference of a temporary token."""
    account: str = ""
    """Azure: name of the storage account."""
    account_key: str = ""
    """Azure: reference of the account's key."""
    sas_token: str = ""
    """Azure: reference of a shared access signature."""
    tenant: str = ""
    """Azure: tenant of a service principal."""
    client: str = ""
    """Azure: id of a service principal."""
    client_secret: str = ""
    """Azure: reference of its secret."""

    def told(self, scheme: str, secret: Callable[[str], str]) -> dict[str, str]:
        """What is said, by the names that clients of `s3` or `az` take.

        Args:
            scheme: kind of the store.
            secret: follows a secret:// reference.

        Raises:
            Invalid: an option that this kind of store does not have.
        """
        names, found = _CLIENT[scheme], {}
        for field, value in self.model_dump().items():
            if not value:
                continue
            if field not in names:
                raise Invalid(
                    f"the storage option '{field}' is not one of this kind of storage",
                    hint=f"Allowed are {', '.join(names)}.",
                )
            found[names[field]] = secret(value) if value.startswith("secret://") else value
        if self.endpoint.startswith("http://"):
            found["aws_allow_http" if scheme == "s3" else "azure_allow_http"] = "true"
        return found
