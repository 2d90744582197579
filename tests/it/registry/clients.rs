//! Replays recorded requests of clients, which push and pull an image, and checks what each client needs in responses.

use std::io::Cursor;

use mock_swr::{MockSwr, Op};
use reqwest::blocking::Body;

use super::client::{
    CONFIG, DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Registry, docker_image,
    index_of, sha256,
};
use crate::support::{Response, send};

const LAYER: &str = "a layer";
const MANIFEST: &str = "/v2/group/web/manifests/v1";
const UPLOADS: &str = "/v2/group/web/blobs/uploads/";
const OCTETS: (&str, &str) = ("content-type", "application/octet-stream");

/// The media types in `Accept` of clients that accept any manifest.
const ACCEPT: [&str; 6] = [
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    DOCKER_MANIFEST,
    DOCKER_LIST,
    OCI_MANIFEST,
    OCI_INDEX,
];

fn start() -> MockSwr {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr
}

fn blob(content: &str) -> String {
    format!("/v2/group/web/blobs/{}", sha256(content))
}

fn closing(location: &str, content: &str) -> String {
    // Go's `url.Values` escapes the colon.
    format!("{location}?digest={}", sha256(content).replace(':', "%3A"))
}

/// Requests a token from the realm of a 401, with the login of `admin`. Returns a client with that token.
#[track_caller]
fn answer_challenge(swr: &MockSwr, refused: &Response, query: &str) -> Registry {
    let realm = realm(swr, refused);
    let admin = Registry::login(swr, "admin");
    let token = admin.get(&format!("{realm}?{query}"));
    admin.with_token_of(&token)
}

/// Returns the path of the realm of a 401. Asserts that the challenge has the form that clients parse.
#[track_caller]
fn realm(swr: &MockSwr, refused: &Response) -> String {
    refused.assert_status(401);
    let challenge = refused.header("www-authenticate");
    let rest = challenge.strip_prefix("Bearer realm=\"http://").unwrap();
    let (realm, rest) = rest.split_once('"').unwrap();
    assert!(rest.starts_with(",service=\"dockyard\""), "{challenge}");
    realm.strip_prefix(swr.registry()).unwrap().to_owned()
}

fn put_manifest(registry: &Registry, image: &serde_json::Value) {
    let response = registry.put("group/web", "v1", image);
    response.assert_status(201);
    let digest = sha256(image.to_string());
    response.assert_headers(&[("docker-content-digest", &digest)]);
    assert_eq!(
        response.location(),
        format!("/v2/group/web/manifests/{digest}")
    );
}

/// Asserts that the response to a HEAD of a manifest has the headers that clients need. Returns the digest.
#[track_caller]
fn assert_describes(response: &Response, image: &serde_json::Value) -> String {
    response.assert_status(200);
    let digest = sha256(image.to_string());
    response.assert_headers(&[
        ("content-type", DOCKER_MANIFEST),
        ("content-length", &image.to_string().len().to_string()),
        ("docker-content-digest", &digest),
    ]);
    digest
}

#[track_caller]
fn assert_content(response: &Response, content: &str) {
    response.assert_status(200);
    response.assert_headers(&[("content-length", &content.len().to_string())]);
    assert_eq!(response.text, content);
}

fn docker_pushes(registry: &Registry, content: &str) {
    registry.head(&blob(content)).assert_status(404);
    let mount = format!("{UPLOADS}?from=group%2Fother&mount={}", sha256(content));
    registry.post(&mount).assert_status(202);
    let begun = registry.post(UPLOADS);
    begun.assert_status(202);
    begun.assert_headers(&[("range", "0-0")]);
    let body = Body::new(Cursor::new(content.to_owned()));
    let sent = registry.send("PATCH", &begun.location(), &[], body);
    sent.assert_status(202);
    sent.assert_headers(&[("range", &format!("0-{}", content.len() - 1))]);
    registry
        .send("PUT", &closing(&sent.location(), content), &[], "")
        .assert_status(201);
    let there = registry.head(&blob(content));
    there.assert_status(200);
    there.assert_headers(&[("content-length", &content.len().to_string())]);
}

#[test]
fn docker_logs_in_pushes_and_pulls() {
    let swr = start();
    let anonymous = Registry::anonymous(&swr);
    let login = "account=admin&client_id=docker&offline_token=true&service=dockyard";
    let logged_in = answer_challenge(&swr, &anonymous.get("/v2/"), login);
    logged_in.get("/v2/").assert_status(200);

    let scope = "account=admin&scope=repository%3Agroup%2Fweb%3Apush%2Cpull&service=dockyard";
    let docker = answer_challenge(&swr, &anonymous.get("/v2/"), scope);
    docker_pushes(&docker, CONFIG);
    docker_pushes(&docker, LAYER);
    let image = docker_image(LAYER);
    put_manifest(&docker, &image);

    let scope = "account=admin&scope=repository%3Agroup%2Fweb%3Apull&service=dockyard";
    let docker = answer_challenge(&swr, &anonymous.get("/v2/"), scope);
    let digest = assert_describes(&docker.head(MANIFEST), &image);
    assert_content(
        &docker.get(&format!("/v2/group/web/manifests/{digest}")),
        &image.to_string(),
    );
    assert_content(&docker.get(&blob(CONFIG)), CONFIG);
    assert_content(&docker.get(&blob(LAYER)), LAYER);
    assert_eq!(swr.repo("group/web").info().num_download, 1);
}

#[test]
fn docker_mounts_a_layer_from_another_repository() {
    let swr = start();
    let scope =
        "service=dockyard&scope=repository:group/web:pull,push&scope=repository:group/base:pull";
    Registry::token(&swr, "admin", "repository:group/base:push").push_blob("group/base", LAYER);
    let docker = answer_challenge(&swr, &Registry::anonymous(&swr).get("/v2/"), scope);
    let mount = format!("{UPLOADS}?from=group%2Fbase&mount={}", sha256(LAYER));
    let mounted = docker.post(&mount);
    mounted.assert_status(201);
    assert_eq!(mounted.location(), blob(LAYER));
    docker.head(&blob(LAYER)).assert_status(200);
}

fn skopeo_pushes(registry: &Registry, content: &str) {
    registry.head(&blob(content)).assert_status(404);
    registry.head(&blob(content)).assert_status(404);
    let mount = format!("{UPLOADS}?from=group%2Fother&mount={}", sha256(content));
    let not_mounted = registry.post(&mount);
    not_mounted.assert_status(202);
    registry.delete(&not_mounted.location()).assert_status(204);
    let begun = registry.post(UPLOADS);
    begun.assert_status(202);
    let sent = registry.send("PATCH", &begun.location(), &[OCTETS], content.to_owned());
    sent.assert_status(202);
    registry
        .send("PUT", &closing(&sent.location(), content), &[OCTETS], "")
        .assert_status(201);
}

fn get_with_all_types(registry: &Registry, path: &str) -> Response {
    let request = ACCEPT
        .iter()
        .fold(registry.request("GET", path), |request, accept| {
            request.header("accept", *accept)
        });
    send(request).unwrap()
}

#[test]
fn skopeo_pushes_pulls_and_deletes() {
    let swr = start();
    let scope = |actions: &str| {
        format!("account=admin&scope=repository%3Agroup%2Fweb%3A{actions}&service=dockyard")
    };
    let ping = || Registry::anonymous(&swr).get("/v2/");
    let skopeo = answer_challenge(&swr, &ping(), &scope("pull%2Cpush"));
    skopeo_pushes(&skopeo, CONFIG);
    skopeo_pushes(&skopeo, LAYER);
    let image = docker_image(LAYER);
    put_manifest(&skopeo, &image);
    // With --all, skopeo pushes the manifests of an index first, by digest.
    let list = index_of(DOCKER_LIST, &[&image]);
    skopeo.push("group/web", &sha256(image.to_string()), &image);
    skopeo.push("group/web", "all", &list);

    let skopeo = answer_challenge(&swr, &ping(), &scope("pull"));
    let pulled = get_with_all_types(&skopeo, MANIFEST);
    assert_describes(&pulled, &image);
    assert_content(&pulled, &image.to_string());
    assert_content(&skopeo.get(&blob(LAYER)), LAYER);
    assert_content(&skopeo.get(&blob(CONFIG)), CONFIG);

    let skopeo = answer_challenge(&swr, &ping(), &scope("*"));
    let digest = assert_describes(&get_with_all_types(&skopeo, MANIFEST), &image);
    skopeo
        .delete(&format!("/v2/group/web/manifests/{digest}"))
        .assert_status(202);
    get_with_all_types(&skopeo, MANIFEST).assert_status(404);
    assert_eq!(swr.repo("group/web").tags(), ["all"]);
    assert_eq!(swr.repo("group/web").uploads(), [0; 0]);
}

fn crane_pushes(registry: &Registry, content: &str) {
    registry.head(&blob(content)).assert_status(404);
    let headers = [("content-type", "application/json")];
    let begun = registry.send("POST", UPLOADS, &headers, "");
    begun.assert_status(202);
    let body = Body::new(Cursor::new(content.to_owned()));
    let sent = registry.send("PATCH", &begun.location(), &[OCTETS], body);
    sent.assert_status(202);
    registry
        .send("PUT", &closing(&sent.location(), content), &[], "")
        .assert_status(201);
}

#[test]
fn crane_pushes_pulls_copies_and_lists() {
    let swr = start();
    let scope = "scope=repository%3Agroup%2Fweb%3Apush%2Cpull&service=dockyard";
    let crane = answer_challenge(&swr, &Registry::anonymous(&swr).get("/v2/"), scope);
    crane.head(MANIFEST).assert_status(404);
    crane_pushes(&crane, CONFIG);
    crane_pushes(&crane, LAYER);
    let image = docker_image(LAYER);
    put_manifest(&crane, &image);
    assert_describes(&crane.head(MANIFEST), &image);

    let pulled = get_with_all_types(&crane, MANIFEST);
    assert_content(&pulled, &image.to_string());
    assert_content(&crane.get(&blob(CONFIG)), CONFIG);
    assert_content(&crane.get(&blob(LAYER)), LAYER);

    let scope = "scope=repository:group/copy:push,pull&scope=repository:group/web:pull";
    let copying = answer_challenge(&swr, &Registry::anonymous(&swr).get("/v2/"), scope);
    for content in [CONFIG, LAYER] {
        let query = format!(
            "from=group%2Fweb&mount={}&origin={}",
            sha256(content),
            swr.registry()
        );
        let path = format!("/v2/group/copy/blobs/uploads/?{query}");
        copying
            .send("POST", &path, &[("content-type", "application/json")], "")
            .assert_status(201);
    }
    copying.push("group/copy", "v1", &image);

    let listed = crane.get("/v2/group/web/tags/list?n=1000");
    listed.assert_status(200);
    assert_eq!(
        (&listed.json()["tags"][0], listed.header("link")),
        (&"v1".into(), "")
    );
    crane.get("/v2/_catalog?n=1000").assert_status(404);
}

/// Returns a value of `Accept`: `<type>, */*`.
fn or_any(media_type: &str) -> String {
    format!("{media_type}, */*")
}

fn containerd_pushes(registry: &Registry, content: &str) {
    let accept = or_any("application/vnd.docker.image.rootfs.diff.tar.gzip");
    registry
        .send("HEAD", &blob(content), &[("accept", &accept)], "")
        .assert_status(404);
    let mount = format!("{UPLOADS}?mount={}&from=group/other", sha256(content));
    registry.post(&mount).assert_status(202);
    let begun = registry.post(UPLOADS);
    begun.assert_status(202);
    let path = closing(&begun.location(), content);
    let closed = registry.send("PUT", &path, &[OCTETS], content.to_owned());
    closed.assert_status(201);
    closed.assert_headers(&[("docker-content-digest", &sha256(content))]);
}

#[test]
fn containerd_falls_back_to_get_for_its_token_pushes_and_pulls() {
    let swr = start();
    let refused = Registry::anonymous(&swr).head(MANIFEST);
    let form = "grant_type=password&service=dockyard&client_id=containerd-client\
                &scope=repository%3Agroup%2Fweb%3Apull%2Cpush&username=admin&password=secret";
    let headers = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    let realm = realm(&swr, &refused);
    Registry::anonymous(&swr)
        .send("POST", &realm, &headers, form)
        .assert_status(404);
    let query = "scope=repository%3Agroup%2Fweb%3Apull%2Cpush&service=dockyard";
    let containerd = answer_challenge(&swr, &refused, query);

    containerd_pushes(&containerd, CONFIG);
    containerd_pushes(&containerd, LAYER);
    let image = docker_image(LAYER);
    let accept = or_any(DOCKER_MANIFEST);
    let accept = [("accept", &*accept)];
    containerd
        .send("HEAD", MANIFEST, &accept, "")
        .assert_status(404);
    put_manifest(&containerd, &image);

    let accept_any = or_any(&ACCEPT.join(", "));
    let seen = containerd.send("HEAD", MANIFEST, &[("accept", &accept_any)], "");
    let digest = assert_describes(&seen, &image);
    let path = format!("/v2/group/web/manifests/{digest}");
    assert_content(
        &containerd.send("GET", &path, &accept, ""),
        &image.to_string(),
    );
    assert_content(&containerd.send("GET", &blob(CONFIG), &accept, ""), CONFIG);
    assert_content(
        &containerd.send(
            "GET",
            &format!("{}?ns=registry.example", blob(LAYER)),
            &accept,
            "",
        ),
        LAYER,
    );
    let part = containerd.send("GET", &blob(LAYER), &[("range", "bytes=2-")], "");
    part.assert_status(206);
    assert_eq!(part.text, LAYER[2..]);
    swr.verify(Op::Ping).never();
}

/// The chunk size of oci-client.
const CHUNK: usize = 4 << 20;

fn oci_client_pushes(registry: &Registry, content: &str) {
    let begun = registry.post(UPLOADS);
    begun.assert_status(202);
    let mut location = begun.location();
    for (n, chunk) in content.as_bytes().chunks(CHUNK).enumerate() {
        let start = n * CHUNK;
        let range = format!("{start}-{}", start + chunk.len() - 1);
        let headers = [("content-range", &*range), OCTETS];
        let sent = registry.send("PATCH", &location, &headers, chunk.to_vec());
        sent.assert_status(202);
        location = sent.location();
    }
    let path = format!("{location}?digest={}", sha256(content));
    registry
        .send("PUT", &path, &[("content-length", "0")], "")
        .assert_status(201);
}

#[test]
fn oci_client_pushes_in_chunks_and_pulls() {
    let swr = start();
    let anonymous = Registry::anonymous(&swr);
    let query = "service=dockyard&scope=repository:group/web:pull,push";
    let client = answer_challenge(&swr, &anonymous.get("/v2/"), query);
    let layer = "0123456789abcdef".repeat((CHUNK + CHUNK / 2) / 16);
    // An empty blob has no chunks.
    for content in [CONFIG, &layer, ""] {
        oci_client_pushes(&client, content);
    }
    let image = docker_image(&layer);
    put_manifest(&client, &image);

    let accept = [("accept", &*ACCEPT.join(", "))];
    let query = "service=dockyard&scope=repository:group/web:pull";
    let client = answer_challenge(&swr, &anonymous.get("/v2/"), query);
    let pulled = client.send("GET", MANIFEST, &accept, "");
    assert_eq!(pulled.header("docker-content-digest"), sha256(&pulled.text));
    for content in [CONFIG, &layer, ""] {
        let got = client.send("GET", &blob(content), &accept, "");
        got.assert_status(200);
        got.assert_headers(&[OCTETS]);
        assert!(got.text == content);
    }
    let mount = format!(
        "/v2/group/web/blobs/uploads/?mount={}&from=group/web",
        sha256(&layer)
    );
    answer_challenge(
        &swr,
        &anonymous.get("/v2/"),
        "scope=repository:group/web:pull,push",
    )
    .post(&mount)
    .assert_status(201);
    client
        .get(&format!("/v2/group/web/referrers/{}", sha256("layer")))
        .assert_status(404);
}

#[test]
fn oci_client_without_a_login_continues_without_a_token() {
    let swr = start();
    swr.seed_repo("group/public").public().image("v1");
    swr.seed_repo("group/private").image("v1");
    let anonymous = Registry::anonymous(&swr);
    let realm = realm(&swr, &anonymous.get("/v2/"));
    let ask = |repo: &str| anonymous.get(&format!("{realm}?scope=repository:{repo}:pull"));
    ask("group/private").assert_status(401);
    anonymous
        .get("/v2/group/private/manifests/v1")
        .assert_unauthenticated();
    let reader = Registry::anonymous(&swr).with_token_of(&ask("group/public"));
    reader
        .get("/v2/group/public/manifests/v1")
        .assert_status(200);
}
