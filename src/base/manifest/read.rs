//! Parsing and validation of manifests: required fields must be present, and repeated information must agree.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::base::digest::Digest;
use crate::base::json;
use crate::base::manifest::{
    DOCKER_LIST, DOCKER_MANIFEST, Descriptor, Kind, Manifest, OCI_INDEX, OCI_MANIFEST,
};
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;

/// Fields are optional because clients in Go write `null` for an empty list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a manifest, which is an object")]
struct Parsed {
    schema_version: u64,
    media_type: Option<String>,
    config: Option<ParsedDescriptor>,
    layers: Option<Vec<ParsedDescriptor>>,
    manifests: Option<Vec<ParsedDescriptor>>,
    subject: Option<ParsedDescriptor>,
    artifact_type: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "a descriptor, which is an object with mediaType, digest and size"
)]
struct ParsedDescriptor {
    media_type: String,
    digest: String,
    size: u64,
}

/// Parses a manifest. `content_type` is the header of the request, if it has one.
pub(crate) fn read_manifest(bytes: Bytes, content_type: Option<&str>) -> Result<Manifest, Denied> {
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| no_json(&error))?;
    manifest_of(bytes, &value, content_type)
}

/// The refusal of a manifest that is not valid JSON.
pub(crate) fn no_json(error: &serde_json::Error) -> Denied {
    invalid(format!("the manifest is not valid JSON: {error}"))
}

/// Validates a manifest whose JSON is already parsed.
pub(crate) fn manifest_of(
    bytes: Bytes,
    value: &Value,
    content_type: Option<&str>,
) -> Result<Manifest, Denied> {
    let parsed: Parsed = json::read(value).map_err(|wrong| invalid(wrong.to_string()))?;
    if parsed.schema_version != 2 {
        let version = parsed.schema_version;
        return Err(invalid(format!("schemaVersion must be 2, not {version}")));
    }
    let media_type = media_type(content_type, &parsed)?;
    let subject = parsed.subject.map(Descriptor::try_from).transpose()?;
    let subject = subject
        .map(|subject| Digest::named(&subject.digest))
        .transpose()?;
    let kind = kind(&media_type, parsed.config, parsed.layers, parsed.manifests)?;
    Ok(Manifest {
        bytes,
        media_type,
        kind,
        subject,
        artifact_type: parsed.artifact_type,
        annotations: parsed.annotations.unwrap_or_default(),
    })
}

fn invalid(detail: String) -> Denied {
    Denied::from(Refusal::ManifestInvalid).explained(detail)
}

/// The media type. The header and the field must agree. Without both, it is that of an OCI index or manifest.
fn media_type(content_type: Option<&str>, parsed: &Parsed) -> Result<String, Denied> {
    let named = content_type.map(essence).transpose()?;
    match (named, parsed.media_type.as_deref()) {
        (Some(named), Some(own)) if named != own => Err(invalid(format!(
            "Content-Type is {named}, but mediaType of the manifest is {own}"
        ))),
        (Some(known), _) | (None, Some(known)) => Ok(known.to_owned()),
        (None, None) if parsed.manifests.is_some() => Ok(OCI_INDEX.to_owned()),
        (None, None) => Ok(OCI_MANIFEST.to_owned()),
    }
}

/// A media type without its parameters. Malformed parameters are refused.
fn essence(content_type: &str) -> Result<&str, Denied> {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_parameter = |part: &str| {
        part.split_once('=')
            .is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
    };
    if parts.all(is_parameter) {
        Ok(essence)
    } else {
        Err(invalid(format!(
            "Content-Type `{content_type}` is not a media type"
        )))
    }
}

/// The kind that the media type requires. A manifest with fields of the other kind is refused.
fn kind(
    media_type: &str,
    config: Option<ParsedDescriptor>,
    layers: Option<Vec<ParsedDescriptor>>,
    manifests: Option<Vec<ParsedDescriptor>>,
) -> Result<Kind, Denied> {
    let missing =
        |field: &str| invalid(format!("{field} is missing in a manifest of {media_type}"));
    let extra = |field: &str| invalid(format!("{field} must not be in a manifest of {media_type}"));
    match media_type {
        OCI_MANIFEST | DOCKER_MANIFEST if manifests.is_some() => Err(extra("manifests")),
        OCI_MANIFEST | DOCKER_MANIFEST => Ok(Kind::Image {
            config: config.ok_or_else(|| missing("config"))?.try_into()?,
            layers: descriptors(layers.unwrap_or_default())?,
        }),
        OCI_INDEX | DOCKER_LIST if config.is_some() => Err(extra("config")),
        OCI_INDEX | DOCKER_LIST if layers.is_some() => Err(extra("layers")),
        OCI_INDEX | DOCKER_LIST => Ok(Kind::List {
            manifests: descriptors(manifests.ok_or_else(|| missing("manifests"))?)?,
        }),
        other => Err(invalid(format!(
            "`{other}` is not the media type of a manifest: expected {OCI_MANIFEST}, {OCI_INDEX}, {DOCKER_MANIFEST} \
             or {DOCKER_LIST}"
        ))),
    }
}

fn descriptors(parsed: Vec<ParsedDescriptor>) -> Result<Vec<Descriptor>, Denied> {
    parsed.into_iter().map(Descriptor::try_from).collect()
}

impl TryFrom<ParsedDescriptor> for Descriptor {
    type Error = Denied;

    fn try_from(parsed: ParsedDescriptor) -> Result<Descriptor, Denied> {
        if !is_digest(&parsed.digest) {
            return Err(invalid(format!("`{}` is not a digest", parsed.digest)));
        }
        Ok(Descriptor {
            media_type: parsed.media_type,
            digest: parsed.digest,
            size: parsed.size,
        })
    }
}

/// Checks the grammar of the OCI image specification, which allows more algorithms than the registry accepts for blobs.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, encoded)) = text.split_once(':') else {
        return false;
    };
    if matches!(algorithm, "sha256" | "sha512") {
        return Digest::parse(text).is_ok();
    }
    let is_component = |component: &str| {
        let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !component.is_empty() && component.bytes().all(is_good)
    };
    let is_encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"=_-".contains(&byte);
    algorithm.split(['+', '.', '_', '-']).all(is_component)
        && !encoded.is_empty()
        && encoded.bytes().all(is_encoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::json;

    use super::*;

    fn descriptor(name: &str) -> Value {
        json!({"mediaType": "application/x", "digest": format!("sha256:{}", name.repeat(64)), "size": 1})
    }

    fn image(media_type: &str) -> Value {
        json!({
            "schemaVersion": 2, "mediaType": media_type, "config": descriptor("c"), "layers": [descriptor("a")],
            "subject": descriptor("b"), "annotations": {"key": "value"}, "artifactType": "application/y",
        })
    }

    fn list(media_type: &str) -> Value {
        json!({"schemaVersion": 2, "mediaType": media_type, "manifests": [descriptor("a"), descriptor("b")]})
    }

    fn good() -> Vec<Value> {
        vec![
            image(OCI_MANIFEST),
            image(DOCKER_MANIFEST),
            list(OCI_INDEX),
            list(DOCKER_LIST),
        ]
    }

    fn read(value: &Value, content_type: Option<&str>) -> Result<Manifest, String> {
        read_manifest(value.to_string().into(), content_type).map_err(|denied| denied.detail)
    }

    #[test]
    fn the_media_type_may_be_in_the_header_or_in_the_manifest() {
        for value in good() {
            let media_type = value["mediaType"].as_str().unwrap();
            for content_type in [None, Some(media_type)] {
                assert_eq!(read(&value, content_type).unwrap().media_type, media_type);
            }
            let with_charset = format!("{media_type}; charset=utf-8");
            assert!(read(&value, Some(&with_charset)).is_ok());
            let mut unnamed = value.clone();
            unnamed.as_object_mut().unwrap().remove("mediaType");
            assert_eq!(
                read(&unnamed, Some(media_type)).unwrap().media_type,
                media_type
            );
            assert!(read(&unnamed, None).is_ok());
        }
    }

    #[test]
    fn types_that_differ_from_each_other_or_from_the_content_are_refused() {
        for value in good() {
            for other in [
                "text/plain",
                "application/json",
                OCI_MANIFEST,
                OCI_INDEX,
                DOCKER_LIST,
            ] {
                if value["mediaType"] != other {
                    assert!(
                        read(&value, Some(other))
                            .unwrap_err()
                            .starts_with("Content-Type is")
                    );
                    let mut renamed = value.clone();
                    renamed["mediaType"] = other.into();
                    let is_sibling = value.get("config").is_some() == (other == OCI_MANIFEST)
                        && other.starts_with("application/vnd");
                    assert_eq!(read(&renamed, None).is_ok(), is_sibling, "{renamed}");
                }
            }
        }
        let wrong = read(&image(OCI_MANIFEST), Some("application/json; x")).unwrap_err();
        assert!(wrong.ends_with("is not a media type"), "{wrong}");
    }

    /// The JSON pointers of all values within a value.
    fn pointers(value: &Value, place: &str, all: &mut Vec<String>) {
        all.push(place.to_owned());
        match value {
            Value::Object(object) => object
                .iter()
                .for_each(|(key, value)| pointers(value, &format!("{place}/{key}"), all)),
            Value::Array(values) => values
                .iter()
                .enumerate()
                .for_each(|(number, value)| pointers(value, &format!("{place}/{number}"), all)),
            _ => {}
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_manifest_is_read_whole_or_refused(
            value in select(good()), place in any::<Index>(),
            wrong in select(vec![json!(true), json!(-1), json!([]), json!([1]), json!("x"), json!({}), json!(3)]),
        ) {
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            let pointer = place.get(&all);
            let mut altered = value.clone();
            let there = altered.pointer_mut(pointer).unwrap();
            // Another value of the same type may also be valid.
            let is_free = pointer.ends_with("/size") || pointer.ends_with("/key")
                || pointer.ends_with("/artifactType") || pointer.ends_with("/annotations")
                || pointer.ends_with("/layers") || pointer.ends_with("/manifests")
                || (pointer.matches('/').count() > 1 && pointer.ends_with("/mediaType"));
            let is_same_type = std::mem::discriminant(there) == std::mem::discriminant(&wrong);
            *there = wrong.clone();
            let is_read = read(&altered, None).is_ok();
            if is_free && is_same_type && wrong != json!(-1) && wrong != json!([1]) {
                prop_assert!(is_read, "{altered}");
            } else {
                prop_assert!(!is_read, "{altered}");
            }
        }
    }

    #[test]
    fn what_is_missing_or_another_version_is_named() {
        for (pointer, missing) in [
            ("/schemaVersion", "schemaVersion is missing"),
            ("/config", "config is missing in a manifest of"),
            ("/config/digest", "config.digest is missing"),
            ("/layers/0/size", "layers.0.size is missing"),
            ("/layers/0/mediaType", "layers.0.mediaType is missing"),
            ("/subject/digest", "subject.digest is missing"),
        ] {
            let mut value = image(OCI_MANIFEST);
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let parent = value.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(key);
            let detail = read(&value, None).unwrap_err();
            assert!(detail.starts_with(missing), "{detail}");
        }
        for version in [0, 1, 3] {
            let mut value = image(OCI_MANIFEST);
            value["schemaVersion"] = version.into();
            let expected = format!("schemaVersion must be 2, not {version}");
            assert_eq!(read(&value, None).unwrap_err(), expected);
        }
        let both = image(OCI_MANIFEST);
        let mut both = both;
        both["manifests"] = json!([]);
        assert!(
            read(&both, None)
                .unwrap_err()
                .starts_with("manifests must not be in")
        );
    }

    #[test]
    fn digests_are_those_of_the_specification() {
        for good in [
            "sha256:aa",
            "sha512:aa",
            "sha256",
            "md5:",
            ":x",
            "UP:x",
            "a..b:x",
            "md5:a/b",
            "",
        ] {
            assert!(!is_digest(good), "{good}");
        }
        for good in [
            "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
            "blake3:00ff",
            "sha256+b64u:LCa0a2j_xo",
        ] {
            assert!(is_digest(good), "{good}");
        }
    }
}
