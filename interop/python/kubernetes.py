"""The manifest for Kubernetes: what it says of the sidecar is done as a kubelet does it, without a container."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import yaml

HELSEID = os.environ["HELSEID"]
SCOPE = os.environ["HELSEID_SCOPE"]


def ask(url, form=None, headers=None):
    request = urllib.request.Request(url, form and form.encode(), headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def mount(folder, names):
    """A volume of a Secret: its files are links into a folder that is exchanged as a whole."""
    newest = folder / f"..{len(list(folder.iterdir()))}"
    newest.mkdir()
    for name in names:
        (newest / name).write_bytes(Path(name).read_bytes())
        (newest / name).chmod(0o440)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    (folder / "..new").symlink_to(newest.name)
    (folder / "..new").replace(folder / "..data")


(deployment,) = yaml.safe_load_all(Path(os.environ["MANIFEST"]).read_text())
assert (deployment["apiVersion"], deployment["kind"]) == ("apps/v1", "Deployment")
labels = deployment["spec"]["template"]["metadata"]["labels"]
assert deployment["spec"]["selector"]["matchLabels"] == labels
pod = deployment["spec"]["template"]["spec"]
(sidecar,), (program,) = pod["initContainers"], pod["containers"]
assert sidecar["restartPolicy"] == "Always"
assert pod["securityContext"]["runAsNonRoot"] and sidecar["securityContext"]["readOnlyRootFilesystem"]

# The Secret, where it is mounted.
(volume,), (mounted,) = pod["volumes"], sidecar["volumeMounts"]
assert volume["name"] == mounted["name"] and mounted["readOnly"]
folder = Path("mounted").absolute()
folder.mkdir()
files = ["helseid.toml", "client_private.json"]
mount(folder, files)

# Its variables; on free ports of the loopback.
variables = {variable["name"]: variable["value"] for variable in sidecar["env"]}
assert variables["HELSEID_CONFIG"] == mounted["mountPath"] + "/helseid.toml"
listen, probes = variables["HELSEID_SIDECAR_LISTEN"], variables["HELSEID_SIDECAR_PROBE_LISTEN"]
assert program["env"] == [{"name": "HELSEID_SIDECAR", "value": f"http://{listen}"}]
ports = {port["name"]: port["containerPort"] for port in sidecar["ports"]}
assert probes == f"0.0.0.0:{ports['probes']}"
variables["HELSEID_CONFIG"] = str(folder / "helseid.toml")
variables["HELSEID_SIDECAR_LISTEN"] = variables["HELSEID_SIDECAR_PROBE_LISTEN"] = "127.0.0.1:0"
own = {name: value for name, value in os.environ.items() if not name.startswith("HELSEID_")}

assert sidecar["command"][0] == "helseid"
process = subprocess.Popen([HELSEID, *sidecar["command"][1:]], env=own | variables, stdout=subprocess.PIPE)
try:
    line = json.loads(process.stdout.readline())
    (address,), (probed,) = line["listen"], line["probes"]
    for name in ["startupProbe", "livenessProbe"]:
        probe = sidecar[name]["httpGet"]
        assert probe["port"] in ports
        # The kubelet calls the pod by its address.
        status, _ = ask(f"http://{probed}{probe['path']}", headers={"Host": "10.1.2.3:8482"})
        assert status == 200, (name, status)
    assert ask(f"http://{probed}/ready", headers={"Host": "10.1.2.3:8482"})[0] == 200
    form = f"identity_provider=helseid&skip_cache=true&target={SCOPE}"
    status, token = ask(f"http://{address}/api/v1/token", form)
    assert (status, token["token_type"]) == (200, "DPoP"), (status, token)
    # Nothing but probes is answered outside of the pod.
    for path in ["/api/v1/token", "/api/v1/headers", "/call/sample/", "/metrics", "/openapi.json"]:
        assert ask(f"http://{probed}{path}")[0] == 404, path
        assert ask(f"http://{probed}{path}", form)[0] == 404, path
    # The Secret is exchanged, and the key is read through it.
    mount(folder, files)
    status, token = ask(f"http://{address}/api/v1/token", form)
    assert (status, token["token_type"]) == (200, "DPoP"), (status, token)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
finally:
    process.kill()
print(f"sidecar of {deployment['metadata']['name']}: probed, asked, and ended in order")
sys.exit(0)
