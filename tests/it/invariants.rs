//! What is true of every server, whatever its clients and its test did.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mock_swr::{Calls, MockSwr, Refusal, World};
use once_cell::sync::Lazy;
use serde_json::Value;

use crate::registry::client::sha256;
use crate::support::Response;

/// Asserts all of it, for the repositories of these regions also by handle. Returns the state as a file.
pub(crate) fn assert_sound(swr: &MockSwr, regions: &[&str]) -> Value {
    let text = assert_survives_a_file_and_a_restore(swr);
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_references(&file);
    for region in regions {
        assert_counters(swr, region, namespaces_in(&file, region));
    }
    assert_reasons(swr);
    file
}

/// Neither a round trip through a file nor restoring it changes the state. Returns the text of the file.
fn assert_survives_a_file_and_a_restore(swr: &MockSwr) -> String {
    let world = swr.world();
    let text = world.to_json();
    let read: World = match text.parse() {
        Ok(read) => read,
        Err(error) => panic!("{error}\n{text}"),
    };
    assert_eq!(read.to_json(), text, "the file of the file");
    swr.restore(&world);
    assert_eq!(swr.world().to_json(), text, "the state after its restore");
    text
}

/// Every tag has its manifest, every manifest has its config and layers, and the file has the bytes of these and no
/// others.
fn assert_references(file: &Value) {
    let bytes = bytes_of(file);
    let mut used = BTreeSet::new();
    for (region, namespaces) in regions_of(file) {
        for (name, repo) in repos_of(namespaces) {
            let blobs: BTreeSet<&str> = array(repo, "blobs")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let manifests: BTreeSet<&str> =
                members(repo, "manifests").map(|(key, _)| key).collect();
            for digest in &manifests {
                let manifest: Value = serde_json::from_slice(&bytes[*digest]).unwrap();
                for part in parts_of(&manifest) {
                    let part = part["digest"].as_str().unwrap();
                    assert!(
                        blobs.contains(part),
                        "{name} in {region}: {digest} needs {part}"
                    );
                }
            }
            for (tag, state) in members(repo, "tags") {
                let digest = state["digest"].as_str().unwrap();
                assert!(
                    manifests.contains(digest),
                    "{name}:{tag} in {region} is {digest}"
                );
            }
            used.extend(blobs.into_iter().chain(manifests));
        }
    }
    assert_eq!(
        used,
        bytes.keys().copied().collect(),
        "the content and its uses"
    );
}

/// The bytes in a file, by digest. Asserts that they have it.
fn bytes_of(file: &Value) -> BTreeMap<&str, Vec<u8>> {
    let decoded = members(file, "blobs").map(|(digest, bytes)| {
        let bytes = STANDARD.decode(bytes.as_str().unwrap()).unwrap();
        assert_eq!(sha256(&bytes), digest);
        (digest, bytes)
    });
    decoded.collect()
}

/// The counters of each repository of a region agree with its tags.
fn assert_counters(swr: &MockSwr, region: &str, namespaces: &Value) {
    for (name, state) in repos_of(namespaces) {
        let repo = swr.region(region).repo(&name);
        let tags = repo.tags();
        let expected: Vec<&str> = members(state, "tags").map(|(tag, _)| tag).collect();
        assert_eq!(tags, expected, "tags of {name} in {region}");
        let info = repo.info();
        assert_eq!(info.num_images, tags.len(), "images of {name} in {region}");
        let sizes = tags.iter().map(|tag| size_of(&repo.content(tag)));
        assert_eq!(info.size, sizes.sum::<u64>(), "size of {name} in {region}");
    }
}

/// Every refused call has a reason, which is no fault of the mock. Calls that a plan answers can have any end.
fn assert_reasons(swr: &MockSwr) {
    for call in swr.calls(Calls::any()) {
        let is_error = call.status().is_some_and(|status| status >= 400);
        if is_error && !call.planned() {
            let refusal = call.refusal();
            assert!(refusal.is_some(), "{call} has no reason");
            let faults = [Refusal::Panicked, Refusal::ListenFailed];
            assert!(
                !faults.iter().any(|fault| refusal == Some(*fault)),
                "{call}"
            );
        }
    }
}

/// The documented codes of the management API, with their statuses.
static CODES: Lazy<BTreeMap<String, u64>> = Lazy::new(|| {
    let rows: Vec<Value> =
        serde_json::from_str(include_str!("../../fixtures/errors.json")).unwrap();
    let row = |row: &Value| {
        (
            row["code"].as_str().unwrap().to_owned(),
            row["status"].as_u64().unwrap(),
        )
    };
    rows.iter().map(row).collect()
});

/// The codes of the registry. The others of the OCI specification never occur.
const OCI_CODES: [&str; 9] = [
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_UNKNOWN",
    "DENIED",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_UNKNOWN",
    "UNAUTHORIZED",
];

/// Asserts that a response is a success, or an error with a documented code and its status.
#[track_caller]
pub(crate) fn assert_named(response: &Response) {
    if response.status < 400 || response.text.is_empty() {
        return;
    }
    let body = response.json();
    if let Some(code) = body["errors"][0]["code"].as_str() {
        assert!(OCI_CODES.contains(&code), "{response:?}");
    } else {
        assert_eq!(
            CODES.get(&response.code()),
            Some(&u64::from(response.status)),
            "{response:?}"
        );
    }
}

/// The size of an image; 0 for a list.
pub(crate) fn size_of(manifest: &[u8]) -> u64 {
    let manifest: Value = serde_json::from_slice(manifest).unwrap();
    parts_of(&manifest)
        .map(|part| part["size"].as_u64().unwrap())
        .sum()
}

fn parts_of(manifest: &Value) -> impl Iterator<Item = &Value> {
    array(manifest, "layers")
        .iter()
        .chain(manifest.get("config"))
}

/// The regions of a file, each with its organizations. The server's own region comes first.
pub(crate) fn regions_of(file: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let home = file["region"].as_str().unwrap_or("cn-north-4");
    let others = members(file, "regions").map(|(region, state)| (region, &state["namespaces"]));
    std::iter::once((home, &file["namespaces"])).chain(others)
}

/// The organizations of a region; `null` if the file does not have it.
pub(crate) fn namespaces_in<'a>(file: &'a Value, region: &str) -> &'a Value {
    let mut regions = regions_of(file);
    regions
        .find(|(known, _)| *known == region)
        .map_or(&Value::Null, |(_, namespaces)| namespaces)
}

/// The repositories of all organizations, by full name.
pub(crate) fn repos_of(namespaces: &Value) -> impl Iterator<Item = (String, &Value)> {
    let namespaces = namespaces.as_object().into_iter().flatten();
    namespaces.flat_map(|(namespace, state)| {
        members(state, "repos").map(move |(repo, state)| (format!("{namespace}/{repo}"), state))
    })
}

/// The members of an object in a file, in order. The file leaves empty objects out.
pub(crate) fn members<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let members = value[key].as_object().into_iter().flatten();
    members.map(|(key, value)| (key.as_str(), value))
}

/// The elements of an array in a file. The file leaves empty arrays out.
pub(crate) fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The file without one of its keys.
pub(crate) fn without(key: &str, file: &Value) -> Value {
    let mut file = file.clone();
    file.as_object_mut().unwrap().remove(key);
    file
}
