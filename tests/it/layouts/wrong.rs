//! Invalid layouts: the error names the file, the place in it and the cause.

use mock_swr::{Image, World};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{Folder, IMAGE_NAME, REF_NAME, annotated, digest, on};
use crate::registry::client::{
    CONFIG, DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, sha256,
};

#[test]
fn index_json_is_read_completely() {
    let folder = Folder::new();
    let image = folder.image("layer");
    let list = |manifests: Value| json!({"schemaVersion": 2, "manifests": manifests});
    let with = |key: &str, value: Value| {
        let mut image = image.clone();
        image[key] = value;
        list(json!([image]))
    };
    for (index, expected) in [
        (
            json!([2, null, [image]]),
            "must be an image index, which is an object, not an array",
        ),
        (json!({"manifests": [image]}), "schemaVersion is missing"),
        (
            json!({"schemaVersion": 1, "manifests": [image]}),
            "schemaVersion must be 2, not 1",
        ),
        (
            json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "manifests": [image]}),
            &format!("mediaType must be {OCI_INDEX}, not {OCI_MANIFEST}"),
        ),
        (json!({"schemaVersion": 2}), "it lists no manifests"),
        (list(Value::Null), "it lists no manifests"),
        (list(json!([])), "it lists no manifests"),
        (list(json!({})), "manifests must be an array, not an object"),
        (
            list(json!([[OCI_MANIFEST, digest(&image), 1]])),
            "manifests.0 must be a descriptor, which is an object with mediaType, digest and size, not an array",
        ),
        (
            with("size", Value::Null),
            "manifests.0.size must be a whole number from 0, not null",
        ),
        (
            with("digest", json!("sha256:aa")),
            "`sha256:aa` is not a digest",
        ),
        (
            with("annotations", json!({REF_NAME: 1})),
            &format!("manifests.0.annotations.{REF_NAME} must be a string, not a number"),
        ),
        (
            with("platform", json!({"os": "linux"})),
            "manifests.0.platform.architecture is missing",
        ),
    ] {
        folder.write("index.json", index.to_string());
        assert_eq!(folder.error(), format!("index.json: {expected}"), "{index}");
    }
    folder.write("index.json", "{");
    let error = folder.error();
    assert!(
        error.starts_with("index.json: it is not JSON: EOF"),
        "{error}"
    );
}

#[test]
fn the_version_of_the_layout_is_checked() {
    let folder = Folder::new();
    folder.list(&[folder.image("layer")]);
    for (marker, expected) in [
        (
            json!({"imageLayoutVersion": "2.0.0"}),
            "imageLayoutVersion must be 1.0.0, not 2.0.0",
        ),
        (json!({}), "imageLayoutVersion is missing"),
        (
            json!(["1.0.0"]),
            "must be an object with imageLayoutVersion, not an array",
        ),
    ] {
        folder.write("oci-layout", marker.to_string());
        assert_eq!(folder.error(), format!("oci-layout: {expected}"));
    }
    std::fs::remove_file(folder.dir.join("oci-layout")).unwrap();
    let error = folder.error();
    assert!(error.starts_with("oci-layout: "), "{error}");
}

#[test]
fn an_archive_is_not_a_folder() {
    let folder = Folder::new();
    folder.write("image.tar", "");
    let error = Image::from_oci_layout(folder.dir.join("image.tar"))
        .unwrap_err()
        .to_string();
    assert!(
        error
            .ends_with("it is a file, but a layout is a folder: unpack the archive with `tar -xf`"),
        "{error}"
    );
}

#[test]
fn content_without_the_media_type_of_an_image_is_refused() {
    let folder = Folder::new();
    let config = folder.add(OCI_CONFIG, CONFIG);
    let known = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                 application/vnd.docker.distribution.manifest.v2+json, \
                 application/vnd.docker.distribution.manifest.list.v2+json";
    let expected = format!(
        "index.json: {} has the media type `{OCI_CONFIG}`, expected one of {known}",
        digest(&config)
    );
    folder.list(std::slice::from_ref(&config));
    assert_eq!(folder.error(), expected);
    let index = folder.index(std::slice::from_ref(&config));
    folder.list(&[index]);
    assert_eq!(folder.error(), expected);
}

#[test]
fn a_descriptor_is_compared_with_its_content() {
    let folder = Folder::new();
    let image = folder.image("layer");
    let mut other_type = image.clone();
    other_type["mediaType"] = DOCKER_MANIFEST.into();
    folder.list(&[other_type]);
    assert_eq!(
        folder.error(),
        format!(
            "index.json: {}: its descriptor says {DOCKER_MANIFEST}, but its mediaType is {OCI_MANIFEST}",
            digest(&image)
        )
    );

    let mut other_size = image.clone();
    other_size["size"] = 7.into();
    folder.list(&[other_size]);
    let name = digest(&image).replace(':', "/");
    let real = image["size"].as_u64().unwrap();
    assert_eq!(
        folder.error(),
        format!("index.json: blobs/{name} has {real} bytes, but its descriptor says 7")
    );

    // A manifest without `mediaType` has the type of its descriptor.
    let config = folder.add(OCI_CONFIG, CONFIG);
    let unnamed = json!({"schemaVersion": 2, "config": config, "layers": []});
    for media_type in [OCI_MANIFEST, DOCKER_MANIFEST] {
        folder.list(&[folder.add(media_type, unnamed.to_string())]);
        assert!(Image::from_oci_layout(&folder.dir).is_ok(), "{media_type}");
    }
    folder.list(&[folder.add(OCI_INDEX, unnamed.to_string())]);
    let error = folder.error();
    assert!(error.contains("its descriptor says"), "{error}");
}

#[test]
fn a_missing_or_changed_blob_is_named_in_the_error() {
    let folder = Folder::new();
    folder.list(&[folder.image("layer")]);
    let config = sha256(CONFIG);
    let name = format!("blobs/{}", config.replace(':', "/"));
    std::fs::write(folder.path(&config), "[]").unwrap();
    assert_eq!(
        folder.error(),
        format!("index.json: the digest of {name} does not match its name")
    );
    std::fs::remove_file(folder.path(&config)).unwrap();
    let error = folder.error();
    assert!(
        error.starts_with(&format!("index.json: {name}: ")),
        "{error}"
    );
}

/// Writes indexes nested to this depth. Each index lists the next one twice.
fn nested(folder: &Folder, depth: usize) {
    let mut inner = folder.image("layer");
    for _ in 0..depth {
        inner = folder.index(&[inner.clone(), inner]);
    }
    folder.list(&[inner]);
}

#[test]
fn an_index_that_is_listed_twice_is_read_once() {
    let folder = Folder::new();
    nested(&folder, 40);
    assert_eq!(folder.only().0, "latest");
}

#[test]
fn the_depth_of_nested_indexes_is_limited() {
    let folder = Folder::new();
    nested(&folder, 64);
    assert!(Image::from_oci_layout(&folder.dir).is_ok());
    nested(&folder, 65);
    assert_eq!(
        folder.error(),
        "index.json: indexes are nested more than 64 deep"
    );
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_opened() {
    let folder = Folder::new();
    let make_pipe = |path: &std::path::Path| {
        let _ = std::fs::remove_file(path);
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    };
    let image = folder.image("layer");
    folder.list(std::slice::from_ref(&image));
    make_pipe(&folder.dir.join("blobs/sha256/stray"));
    assert!(
        Image::from_oci_layout(&folder.dir).is_ok(),
        "a blob without references is not read"
    );

    make_pipe(&folder.path(digest(&image)));
    folder.list(&[image, folder.image("other")]);
    let error = folder.error();
    assert!(
        error.starts_with("index.json: it lists 2 images"),
        "{error}"
    );
    let error = folder.error_named(&sha256_of(&folder, 0));
    assert!(error.ends_with(": it is not a regular file"), "{error}");
    for name in ["index.json", "oci-layout"] {
        let path = folder.dir.join(name);
        make_pipe(&path);
        assert_eq!(folder.error(), format!("{name}: it is not a regular file"));
        let error = World::load(&path).unwrap_err().to_string();
        assert!(error.ends_with(": it is not a regular file"), "{error}");
    }
}

/// Returns the digest of an entry of `index.json`.
#[cfg(unix)]
fn sha256_of(folder: &Folder, number: usize) -> String {
    let index = std::fs::read(folder.dir.join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    digest(&index["manifests"][number]).to_owned()
}

/// Adds the JSON pointers of a value and of all values in it.
fn pointers(value: &Value, place: &str, all: &mut Vec<String>) {
    all.push(place.to_owned());
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                pointers(value, &format!("{place}/{}", key.replace('/', "~1")), all);
            }
        }
        Value::Array(values) => {
            for (number, value) in values.iter().enumerate() {
                pointers(value, &format!("{place}/{number}"), all);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_layout_is_read_completely_or_refused(
        file in select(&["index.json", "oci-layout"][..]), place in any::<Index>(),
        wrong in select(vec![json!(true), json!(-1), json!([]), json!([1]), json!("x"), json!({}), json!(3)]),
    ) {
        let folder = Folder::new();
        let image = annotated(&folder.image("layer"), [(REF_NAME, "v1"), (IMAGE_NAME, "web:v1")]);
        let index = json!({
            "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [on(&image, "linux", "amd64")],
        });
        folder.write("index.json", index.to_string());
        let text = std::fs::read(folder.dir.join(file)).unwrap();
        let mut altered: Value = serde_json::from_slice(&text).unwrap();
        let mut all = Vec::new();
        pointers(&altered, "", &mut all);
        let pointer = place.get(&all);
        let there = altered.pointer_mut(pointer).unwrap();
        // Annotations and platforms may have any text.
        let is_free = pointer.contains("/annotations") || pointer.contains("/platform/");
        let is_same_type = std::mem::discriminant(there) == std::mem::discriminant(&wrong);
        *there = wrong;
        folder.write(file, altered.to_string());
        let is_read = Image::from_oci_layout(&folder.dir).is_ok();
        prop_assert_eq!(is_read, is_free && is_same_type, "{}", altered);
    }
}
