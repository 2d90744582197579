//! How clients name an image in a layout: by a tag, a whole reference, a digest, or not at all.

use crate::state::Digest;

/// The tag of a reference: `v1` for `v1`, `web:v1` and `registry.example/group/web:v1@sha256:..`.
pub(super) fn tag_of(reference: &str) -> Option<&str> {
    let name = without_digest(reference);
    let (path, last) = match name.rsplit_once('/') {
        Some((path, last)) => (Some(path), last),
        None => (None, name),
    };
    let tag = match (last.rsplit_once(':'), path) {
        (Some((_, tag)), _) => tag,
        // A repository, or a registry with its port and a repository.
        (None, Some(_)) => return None,
        (None, None) => name,
    };
    (!tag.is_empty()).then_some(tag)
}

/// A reference up to its digest. Nothing is left of one that is a digest and nothing else.
fn without_digest(reference: &str) -> &str {
    if Digest::parse(reference).is_ok() {
        return "";
    }
    match reference.rsplit_once('@') {
        Some((name, digest)) if Digest::parse(digest).is_ok() => name,
        _ => reference,
    }
}

/// Whether a reference may be called that for short: by its tag, without its digest, or without the beginning of its
/// path, as docker shows `docker.io/library/web:v1` as `web:v1`.
pub(super) fn is_called(reference: &str, name: &str) -> bool {
    let long = without_digest(reference);
    let is_end = || {
        let start = long.strip_suffix(name);
        start.is_some_and(|start| start.is_empty() || start.ends_with('/'))
    };
    !name.is_empty() && (tag_of(reference) == Some(name) || is_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> String {
        format!("sha256:{}", "a".repeat(64))
    }

    #[test]
    fn a_tag_is_found_in_every_form_of_a_reference() {
        let digest = digest();
        for (reference, tag) in [
            ("v1", Some("v1")),
            ("web:v1", Some("v1")),
            ("docker.io/library/web:v1", Some("v1")),
            ("localhost:5000/group/web:v1", Some("v1")),
            ("localhost:5000/group/web", None),
            ("docker.io/library/web", None),
            (
                &format!("registry.example/group/web:v1@{digest}"),
                Some("v1"),
            ),
            (&format!("registry.example/group/web@{digest}"), None),
            (&format!("v1@{digest}"), Some("v1")),
            (&format!("@{digest}"), None),
            (&digest, None),
            ("", None),
            ("web:", None),
            ("a@b", Some("a@b")),
        ] {
            assert_eq!(tag_of(reference), tag, "{reference}");
        }
    }

    #[test]
    fn a_reference_is_called_by_its_tag_or_by_its_end() {
        let whole = format!("docker.io/library/web:v1@{}", digest());
        for name in ["v1", "web:v1", "library/web:v1", "docker.io/library/web:v1"] {
            assert!(is_called(&whole, name), "{name}");
        }
        for name in ["", "1", "eb:v1", "web", "library", "v2", "/web:v1"] {
            assert!(!is_called(&whole, name), "{name}");
        }
    }
}
