//! Mistakes in seeding: world files, handles, grants.

use mock_swr::{Image, MockSwr, Permission, World};
use serde_json::json;

use crate::layouts::{Folder, REF_NAME, annotated, on};
use crate::support::panic_of;

mistakes! {
    a_key_of_a_world_file_is_misspelt: "`namespace`", "did you mean `namespaces`";
    a_key_deep_in_a_world_file_is_misspelt: "`image`", "did you mean `images`";
    a_value_in_a_world_file_has_the_wrong_type: "\"yes\"", "a boolean";
    a_permission_in_a_world_file_is_unknown: "`admin`", "`manage`";
    a_bundled_world_is_misspelt: "`shpo`", "shop";
    a_repository_of_a_handle_is_missing: "`group/wbe`", "`group/web`";
    a_repository_is_named_without_its_organization: "`web`", "`group/web`";
    a_tag_of_a_handle_is_missing: "`v2`", "v1";
    an_organization_of_a_handle_is_missing: "`gruop`", "`group`";
    an_organization_of_a_handle_is_in_another_region: "cn-north-4", "cn-east-3";
    a_repository_of_another_regions_handle_is_missing: "`copy/web`", "swr.region(\"cn-east-3\").seed_repo";
    an_organization_is_in_capitals: "`Group`", "a-z";
    a_grant_is_to_a_user_of_another_account: "`partner/eve`", "share(\"partner\")";
    a_setting_of_a_repository_is_misspelt: "`public`", "did you mean `is_public`";
    a_time_is_not_a_time: "`yesterday`", "2026-01-31T08:00:00Z";
    a_layout_holds_several_images: "it lists 2 images", "Image::from_oci_layout_named";
    a_layout_holds_other_images_than_the_named_one: "`web:v3`", "docker.io/library/web:v2";
    images_of_an_index_are_missing_from_a_layout: "1 of them", "linux/amd64";
    a_layout_is_an_archive: "it is a file", "tar -xf";
    a_layout_gives_a_name_that_cannot_be_a_tag: "`v1+build`", "Image::tag";
}

fn broken(world: &str) -> String {
    panic_of(|| world.parse::<World>().unwrap())
}

fn a_key_of_a_world_file_is_misspelt() -> String {
    broken("{\n  \"namespace\": {\"group\": {}}\n}")
}

fn a_key_deep_in_a_world_file_is_misspelt() -> String {
    broken(
        "{\n  \"namespaces\": {\"group\": {\"repos\": {\n    \"web\": {\"image\": [\"v1\"]}\n  }}}\n}",
    )
}

fn a_value_in_a_world_file_has_the_wrong_type() -> String {
    broken(
        "{\n  \"namespaces\": {\"group\": {\"repos\": {\n    \"web\": {\"is_public\": \"yes\"}\n  }}}\n}",
    )
}

fn a_permission_in_a_world_file_is_unknown() -> String {
    broken("{\n  \"namespaces\": {\"group\": {\"permissions\": {\"dev\": \"admin\"}}}\n}")
}

fn a_bundled_world_is_misspelt() -> String {
    panic_of(|| World::named("shpo"))
}

fn a_repository_of_a_handle_is_missing() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    swr.seed_repo("group/api");
    panic_of(|| swr.repo("group/wbe").tags())
}

fn a_repository_is_named_without_its_organization() -> String {
    let swr = MockSwr::start();
    panic_of(|| swr.seed_repo("web"))
}

fn a_tag_of_a_handle_is_missing() -> String {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web").image("v1");
    panic_of(|| web.tag("v2"))
}

fn an_organization_of_a_handle_is_missing() -> String {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    panic_of(|| swr.namespace("gruop").repos())
}

fn an_organization_of_a_handle_is_in_another_region() -> String {
    let swr = MockSwr::start();
    swr.region("cn-east-3").seed_repo("copy/web");
    panic_of(|| swr.repo("copy/web").tags())
}

fn a_repository_of_another_regions_handle_is_missing() -> String {
    let swr = MockSwr::start();
    panic_of(|| swr.region("cn-east-3").repo("copy/web").tags())
}

fn an_organization_is_in_capitals() -> String {
    let swr = MockSwr::start();
    panic_of(|| swr.seed_namespace("Group"))
}

fn a_grant_is_to_a_user_of_another_account() -> String {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    panic_of(|| swr.user("partner/eve").grant("group/web", Permission::Read))
}

fn a_setting_of_a_repository_is_misspelt() -> String {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    panic_of(|| web.set(json!({"public": true})))
}

fn a_time_is_not_a_time() -> String {
    panic_of(|| MockSwr::builder().frozen_at("yesterday"))
}

/// Writes a layout with two images.
fn two_images() -> Folder {
    let folder = Folder::new();
    let images = ["v1", "v2"].map(|tag| {
        let image = on(&folder.image_for(tag), "linux", "amd64");
        annotated(
            &image,
            [(REF_NAME, &*format!("docker.io/library/web:{tag}"))],
        )
    });
    folder.list(&images);
    folder
}

fn a_layout_holds_several_images() -> String {
    two_images().error()
}

fn a_layout_holds_other_images_than_the_named_one() -> String {
    two_images().error_named("web:v3")
}

fn images_of_an_index_are_missing_from_a_layout() -> String {
    let folder = Folder::new();
    let images = ["amd64", "arm64"].map(|name| on(&folder.image_for(name), "linux", name));
    let index = folder.index(&images);
    folder.list(&[index]);
    folder.remove(&images[1]);
    folder.error()
}

fn a_layout_is_an_archive() -> String {
    let folder = Folder::new();
    folder.write("image.tar", "");
    folder.error_of(Image::from_oci_layout(folder.dir.join("image.tar")))
}

fn a_layout_gives_a_name_that_cannot_be_a_tag() -> String {
    let folder = Folder::new();
    folder.list(&[annotated(&folder.image("layer"), [(REF_NAME, "v1+build")])]);
    let swr = MockSwr::start();
    let image = Image::from_oci_layout(&folder.dir).unwrap();
    panic_of(|| swr.seed_repo("group/web").image(image))
}
