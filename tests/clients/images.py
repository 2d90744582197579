"""Builds images as OCI layouts without a network, and runs skopeo to copy them."""

import gzip
import hashlib
import hmac
import io
import json
import os
import pathlib
import subprocess
import tarfile

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


class Layout:
    """A new OCI layout in a folder. Its name in skopeo is `oci:FOLDER:NAME`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "blobs/sha256").mkdir(parents=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self.entries = []

    def add_image(self, name, layers=2):
        """Adds an image with this number of unique layers and returns its descriptor."""
        return self._name(name, self._image(name, layers, "amd64"))

    def add_index(self, name, architectures=("amd64", "arm64")):
        """Adds an index with one image for each architecture."""
        images = [self._image(f"{name} {architecture}", 1, architecture) for architecture in architectures]
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": images}
        return self._name(name, self._blob(OCI_INDEX, encode(index)))

    def _image(self, text, layers, architecture):
        archives = [tar_of(f"{text}, layer {number}") for number in range(layers)]
        config = {
            "architecture": architecture,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [digest(archive) for archive in archives]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self._blob(OCI_CONFIG, encode(config)),
            "layers": [self._blob(OCI_LAYER, gzip.compress(archive, mtime=0)) for archive in archives],
        }
        platform = {"os": "linux", "architecture": architecture}
        return self._blob(OCI_MANIFEST, encode(manifest)) | {"platform": platform}

    def _blob(self, media_type, content):
        descriptor = {"mediaType": media_type, "digest": digest(content), "size": len(content)}
        (self.folder / "blobs/sha256" / descriptor["digest"].removeprefix("sha256:")).write_bytes(content)
        return descriptor

    def _name(self, name, descriptor):
        self.entries.append(descriptor | {"annotations": {"org.opencontainers.image.ref.name": name}})
        index = {"schemaVersion": 2, "manifests": self.entries}
        (self.folder / "index.json").write_bytes(encode(index))
        return descriptor


def read_blobs(folder):
    """Returns the content of a layout by hash."""
    return {path.name: path.read_bytes() for path in pathlib.Path(folder, "blobs/sha256").iterdir()}


def tar_of(text):
    content = text.encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("text")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def encode(document):
    return json.dumps(document).encode()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Refused(Exception):
    """skopeo exited with an error. The message is what it printed to stderr."""


class Skopeo:
    """skopeo with separate logins: `Skopeo(FOLDER).copy(SOURCE, DESTINATION)`.

    With `ca_file`, it uses https and trusts the certificate authorities in that file alone.
    """

    def __init__(self, folder, ca_file=None):
        self.logins = pathlib.Path(folder) / "logins.json"
        self.environment = os.environ | {"REGISTRY_AUTH_FILE": str(self.logins)}
        self.verify = "true" if ca_file else "false"
        if ca_file:
            self.environment |= {"SSL_CERT_FILE": ca_file, "SSL_CERT_DIR": str(folder)}

    def login(self, registry, user, password):
        self._run("login", f"--tls-verify={self.verify}", "--username", user, "--password-stdin", registry, stdin=password)

    def logout(self, registry):
        self._run("logout", registry)

    def copy(self, source, destination, *options):
        verify = [f"--src-tls-verify={self.verify}", f"--dest-tls-verify={self.verify}"]
        self._run("copy", *verify, *options, source, destination)

    def inspect(self, image, *options):
        return self._run("inspect", f"--tls-verify={self.verify}", *options, image)

    def list_tags(self, repository):
        return json.loads(self._run("list-tags", f"--tls-verify={self.verify}", repository))["Tags"]

    def delete(self, image):
        self._run("delete", f"--tls-verify={self.verify}", image)

    def _run(self, command, *arguments, stdin=None):
        """Returns the output of a command. Ignores the signature policy of this machine."""
        done = subprocess.run(
            ["skopeo", "--insecure-policy", command, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != 0:
            raise Refused(done.stderr.strip())
        return done.stdout


def long_term_login(server):
    """Returns user name and password, computed from a server's keys as the documentation describes."""
    secret_key, access_key = server["secret_key"].encode(), server["access_key"].encode()
    password = hmac.new(secret_key, access_key, hashlib.sha256).hexdigest()
    return f"{server['region']}@{server['access_key']}", password
