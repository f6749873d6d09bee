"""Products, their ports, and the contracts and SQL that lie beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.model import Contract
from weft.spec.gather import nearest

if TYPE_CHECKING:
    from weft.model import DataProduct, InputPort, OutputPort
    from weft.spec.gather import Gathered, Where

STREAM = "stream:"
"""What a port's contractId starts with when it names a stream of a source."""


def major(version: str) -> int:
    """Major of a version; 1 when it does not start with a number."""
    return Contract(id="", version=version).major


def check_ports(found: Gathered) -> None:
    """Complain of ports that lead nowhere, and of contracts and SQL that belong to no product."""
    for product in found.products.values():
        for n, given in enumerate(product.inputs):
            _input(found, product, given, found.at(product.position, "inputPorts", n, "contractId"))
        for n, port in enumerate(product.outputs):
            _output(found, product, port, found.at(product.position, "outputPorts", n, "contractId"))
    for contract in found.contracts.values():
        _belongs(found, contract)


def offered(found: Gathered, product: DataProduct) -> tuple[Contract, ...]:
    """Contracts of a product that an output port names and that are not retired, oldest major first."""
    if product.status == "retired":
        return ()
    named = {(port.contract_id, major(port.version)) for port in product.outputs}
    beside = found.beside.get((product.domain, product.name), {})
    own = [contract for key, contract in beside.items() if key in named]
    return tuple(sorted((c for c in own if c.status != "retired"), key=lambda c: c.major))


def check_stream(found: Gathered, domain: str, stream: str, where: Where) -> bool:
    """Complain unless `source.stream` is a stream of the domain; returns whether it is."""
    source_name, _, name = stream.partition(".")
    source = found.sources.get(f"{domain}.{source_name}")
    if not name:
        found.complain(where, f"'{stream}' is not a stream, allowed is source.stream")
        return False
    if source is None:
        own = [s.name for s in found.sources.values() if s.domain == domain]
        found.unknown("Source", where, f"the domain '{domain}' has no source '{source_name}'", own)
        return False
    if source.streams and name not in source.streams:
        found.complain(
            where, f"the source '{source_name}' has no stream '{name}'; {nearest(name, sorted(source.streams))}"
        )
        return False
    return True


def _input(found: Gathered, product: DataProduct, port: InputPort, where: Where) -> None:
    if port.contract_id.startswith(STREAM):
        check_stream(found, product.domain, port.contract_id.removeprefix(STREAM), where)
        return
    versions = sorted(found.majors.get(port.contract_id, ()))
    if not versions:
        known = {id_ for id_, _ in found.contracts}
        what = f"the input port '{port.name}' names no known contract '{port.contract_id}'"
        found.unknown("DataContract", where, what, known)
    elif major(port.version) not in versions:
        words = ", ".join(found.contracts[port.contract_id, m].version for m in versions)
        found.complain(
            where, f"the input port '{port.name}' names version {port.version} of its contract, offered are {words}"
        )


def _output(found: Gathered, product: DataProduct, port: OutputPort, where: Where) -> None:
    own = {key: c.version for key, c in found.beside.get((product.domain, product.name), {}).items()}
    if (port.contract_id, major(port.version)) in own:
        return
    if not port.contract_id:
        found.complain(where, f"the output port '{port.name}' names no contract, 'contractId' is required")
    elif port.contract_id not in {id_ for id_, _ in own}:
        what = f"the output port '{port.name}' names no contract of its folder: '{port.contract_id}'"
        found.unknown("DataContract", where, what, {id_ for id_, _ in own})
    else:
        words = ", ".join(version for (id_, _), version in own.items() if id_ == port.contract_id)
        found.complain(
            where, f"the output port '{port.name}' has version {port.version}, its contract has {words}: majors differ"
        )
    # The tables of that contract are not placed: who names them is not to be blamed.
    found.broken.add("DataProduct")


def _belongs(found: Gathered, contract: Contract) -> None:
    product = found.products.get(f"{contract.domain}.{contract.product}")
    if product is None:
        if contract.product and "DataProduct" not in found.broken:
            found.complain(contract.position, f"the folder '{contract.product}' has no product.odps.yaml")
        return
    if contract.status != "retired" and (contract.id, contract.major) not in {
        (port.contract_id, major(port.version)) for port in product.outputs
    }:
        ports = [port.contract_id for port in product.outputs]
        if contract.id not in ports:  # else the port's own problem says it
            found.complain(
                found.at(contract.position, "id"),
                f"no output port of '{product}' names the contract '{contract.id}', so nobody can read it",
            )
