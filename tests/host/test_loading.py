"""ComfyUI loads the package and shows all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.host.finding import ROOT
from tests.host.server import PACK, Server
from tests.workflows.interface import CORE_NODES, OUR_NODES, Interfaces, breaking_changes, store, stored
from tests.workflows.ui_graph import read, workflow_files, working_nodes

NODES = {
    "LoadAnchorModels": "Load Anchor Models",
    "MultiViewObjectEncoder": "Multi-View Object Encoder",
    "HOIControlSignals": "HOI Control Signals",
    "DualAdapterApply": "Dual Adapter Apply",
    "AnchorSampler": "Anchor Sampler",
    "AnchorDecode": "Anchor Decode",
    "HOIRegionMaskPreview": "HOI Region Mask Preview",
    "AnchorSample": "Anchor Sample",
    "ProductPath": "Product Path",
    "DrivingMotion": "Driving Motion",
    "ScoreVideo": "Score Video",
}


def test_nothing_fails_to_import(server: Server) -> None:
    assert "IMPORT FAILED" not in server.log()
    assert PACK in server.log()


def test_all_nodes_are_there(object_info: Mapping[str, Any]) -> None:
    ours = {kind: info["display_name"] for kind, info in object_info.items() if info["category"] == "AnchorCrafter"}
    assert ours == NODES


@pytest.mark.parametrize("kind", NODES)
def test_every_input_and_output_is_explained(kind: str, object_info: Mapping[str, Any]) -> None:
    info = object_info[kind]
    inputs = {**info["input"].get("required", {}), **info["input"].get("optional", {})}
    assert [name for name, declared in inputs.items() if not declared[1].get("tooltip")] == []
    assert all(info["output_tooltips"])
    assert info["description"]


def write_interfaces(present: Interfaces) -> None:
    """Store what tests/workflows and tests/nodes know of the nodes."""
    ours = {kind: present[kind] for kind in NODES}
    assert not OUR_NODES.exists() or breaking_changes(stored(OUR_NODES), ours) == []
    used = {node["type"] for path in workflow_files() for node in working_nodes(read(path))}
    store(OUR_NODES, ours)
    store(CORE_NODES, {kind: present[kind] for kind in used - set(NODES)})


def test_the_stored_interfaces_are_those_of_the_host(interfaces: Interfaces, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--write-interfaces"):
        write_interfaces(interfaces)
    known = stored(CORE_NODES) | stored(OUR_NODES)
    assert {kind: interface for kind, interface in interfaces.items() if kind in known} == known


def test_comfyui_knows_the_models_folder(server: Server) -> None:
    assert "anchorcrafter" in server.get("/models")
    assert "tiny.pth" in server.get("/models/anchorcrafter")


def test_the_template_browser_offers_every_workflow(server: Server) -> None:
    names = {path.stem for path in (ROOT / "workflows").glob("*.json")}
    assert set(server.get("/api/workflow_templates")[PACK]) == names
    for name in names:
        assert server.fetch(f"/api/workflow_templates/{PACK}/{name}.json").startswith(b"{")
        assert server.fetch(f"/api/workflow_templates/{PACK}/{name}.jpg").startswith(b"\xff\xd8")
