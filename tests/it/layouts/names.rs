//! Selecting an image of a layout by name, and the tag that it gets.

use mock_swr::Image;

use super::{Folder, IMAGE_NAME, REF_NAME, annotated, digest, on, seeded};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[test]
fn the_tag_is_taken_from_every_form_of_the_name() {
    let folder = Folder::new();
    let image = folder.image("layer");
    for (name, tag) in [
        ("v1", "v1"),
        ("web", "web"),
        ("web:v1", "v1"),
        ("docker.io/library/web:v1", "v1"),
        ("localhost:5000/group/web:v1", "v1"),
        ("localhost:5000/group/web", "latest"),
        (&format!("registry.example/group/web:v1@{DIGEST}"), "v1"),
        (&format!("registry.example/group/web@{DIGEST}"), "latest"),
        (&format!("@{DIGEST}"), "latest"),
        (DIGEST, "latest"),
    ] {
        folder.list(&[annotated(&image, [(REF_NAME, name)])]);
        assert_eq!(
            folder.only(),
            (tag.to_owned(), digest(&image).to_owned()),
            "{name}"
        );
    }
    folder.list(&[image]);
    assert_eq!(folder.only().0, "latest");
}

#[test]
fn a_test_can_set_another_tag() {
    let folder = Folder::new();
    let image = folder.image("layer");
    // The specification allows this name, but it is not a valid tag.
    folder.list(&[annotated(&image, [(REF_NAME, "v1+build")])]);
    let read = Image::from_oci_layout(&folder.dir).unwrap();
    assert_eq!(
        seeded(read.tag("v2")),
        ("v2".to_owned(), digest(&image).to_owned())
    );
}

#[test]
fn one_of_several_images_is_selected_by_name_end_of_the_name_tag_or_digest() {
    let folder = Folder::new();
    let (web, api) = (folder.image("web"), folder.image("api"));
    let name = |image, name, tag| annotated(image, [(IMAGE_NAME, name), (REF_NAME, tag)]);
    folder.list(&[
        name(&web, "docker.io/library/web:v1", "v1"),
        name(&api, "docker.io/library/api:v1", "v1"),
        annotated(&api, [(REF_NAME, "registry.example/group/api:v2")]),
    ]);
    for (named, image, tag) in [
        ("docker.io/library/web:v1", &web, "v1"),
        ("library/web:v1", &web, "v1"),
        ("web:v1", &web, "v1"),
        (digest(&web), &web, "v1"),
        ("api:v1", &api, "v1"),
        ("v2", &api, "v2"),
        ("registry.example/group/api:v2", &api, "v2"),
    ] {
        assert_eq!(
            folder.named(named),
            (tag.to_owned(), digest(image).to_owned()),
            "{named}"
        );
    }
    assert_eq!(
        folder.error_named("v1"),
        format!(
            "index.json: `v1` matches 2 images:\n  {} `docker.io/library/web:v1`\n  {} `docker.io/library/api:v1`",
            digest(&web),
            digest(&api)
        )
    );
    for absent in ["v3", "eb:v1", "", DIGEST] {
        let error = folder.error_named(absent);
        let beginning = format!(
            "index.json: no image has the name `{absent}`; the images are:\n  {} ",
            digest(&web)
        );
        assert!(error.starts_with(&beginning), "{error}");
    }
}

#[test]
fn a_name_wins_over_the_tag_of_another_image() {
    let folder = Folder::new();
    let (web, api) = (folder.image("web"), folder.image("api"));
    folder.list(&[
        annotated(&web, [(REF_NAME, "docker.io/library/web:v1")]),
        annotated(&api, [(REF_NAME, "v1")]),
    ]);
    assert_eq!(folder.named("v1").1, digest(&api));
}

#[test]
fn the_error_lists_the_images_if_none_is_selected() {
    let folder = Folder::new();
    let (web, api) = (folder.image("web"), folder.image_for("arm64"));
    let both = [
        on(&folder.image_for("amd64"), "linux", "amd64"),
        on(&api, "linux", "arm64"),
    ];
    let index = folder.index(&both);
    let other = folder.image_for("s390x");
    folder.list(&[
        annotated(&web, [(REF_NAME, "v1")]),
        annotated(
            &index,
            [(IMAGE_NAME, "docker.io/library/web:v2"), (REF_NAME, "v2")],
        ),
        other.clone(),
    ]);
    assert_eq!(
        folder.error(),
        format!(
            "index.json: it lists 3 images; choose one with `Image::from_oci_layout_named`, by its name or digest:\n  \
             {} `v1`\n  \
             {} linux/amd64, linux/arm64 `docker.io/library/web:v2`\n  \
             {} linux/s390x without a name",
            digest(&web),
            digest(&index),
            digest(&other)
        )
    );
}

#[test]
fn the_error_lists_only_the_first_of_many_images() {
    let folder = Folder::new();
    let images: Vec<_> = (0..15).map(|n| folder.image(&n.to_string())).collect();
    folder.list(&images);
    let error = folder.error();
    assert!(
        error.starts_with("index.json: it lists 15 images;"),
        "{error}"
    );
    assert!(error.contains(digest(&images[9])), "{error}");
    assert!(!error.contains(digest(&images[10])), "{error}");
    assert!(error.ends_with("\n  and 5 more"), "{error}");
}

#[test]
fn an_image_listed_twice_counts_once_unless_its_tags_differ() {
    let folder = Folder::new();
    let image = folder.image("layer");
    folder.list(&[
        image.clone(),
        annotated(&image, [(REF_NAME, "v1")]),
        image.clone(),
    ]);
    assert_eq!(folder.only().0, "v1");

    let [one, two] = ["v1", "v2"].map(|tag| annotated(&image, [(REF_NAME, tag)]));
    folder.list(&[one.clone(), image.clone(), two, one]);
    let error = folder.error();
    assert!(
        error.ends_with("`v2`") && error.lines().count() == 3,
        "{error}"
    );
    assert!(
        error.starts_with("index.json: it lists 2 images;"),
        "{error}"
    );
    assert_eq!(
        folder.named("v2"),
        ("v2".to_owned(), digest(&image).to_owned())
    );
}

#[test]
fn a_manifest_in_an_index_is_selected_by_digest_and_has_the_tag_of_the_index() {
    let folder = Folder::new();
    let (one, two) = (folder.image_for("amd64"), folder.image_for("arm64"));
    let inner = folder.index(std::slice::from_ref(&two));
    let outer = folder.index(&[one.clone(), inner.clone()]);
    folder.list(&[annotated(&outer, [(REF_NAME, "v1")]), folder.image("other")]);
    for nested in [&one, &two, &inner] {
        assert_eq!(
            folder.named(digest(nested)),
            ("v1".to_owned(), digest(nested).to_owned())
        );
    }
}
