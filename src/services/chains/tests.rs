//! The status and code of each API for each refusal, class and documented code.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;
use crate::base::codes;
use crate::base::refusal::{Class, Refusal};
use crate::operations::op::{Op, Row, Subject, TABLE};
use crate::services::dialect::{ErrorText, OwnText};

const PROFILES: [Profile; 3] = [Profile::Swr, Profile::Oci, Profile::Harbor];

const CLASSES: [Class; 9] = [
    Class::Invalid,
    Class::Unauthenticated,
    Class::Forbidden,
    Class::NotFound,
    Class::Conflict,
    Class::TooLarge,
    Class::Throttled,
    Class::Failed,
    Class::Unavailable,
];

/// The chain and the row of an operation.
fn at(op: Op, profile: Profile) -> (&'static Chain, Option<&'static Row>) {
    let row = op.row();
    (find(row.door(), Some(row.api), profile), Some(row))
}

/// The chain of every operation and of unmatched paths, with its row and its door, in all profiles.
fn all_chains() -> impl Iterator<Item = (&'static Chain, Option<&'static Row>, Door)> {
    PROFILES.into_iter().flat_map(|profile| {
        let matched = TABLE.iter().map(move |row| {
            let chain = find(row.door(), Some(row.api), profile);
            (chain, Some(row), row.door())
        });
        let unmatched = Door::ALL.map(|door| (find(door, None, profile), None, door));
        matched.chain(unmatched)
    })
}

#[test]
fn every_refusal_has_an_error_status_and_a_code_that_clients_accept() {
    for (chain, row, door) in all_chains() {
        for &refusal in Refusal::ALL {
            let (_, text) = chain.text(refusal, row);
            assert!((400..600).contains(&text.status), "{refusal:?}: {text:?}");
            let is_of_mock = || text.code.starts_with("MOCKSWR.");
            let is_readable = match door {
                Door::Registry => registry::owns_code(text.code),
                Door::Storage => storage::owns_code(text.code) || is_of_mock(),
                Door::Api => codes::find(text.code).is_some() || is_of_mock(),
            };
            assert!(is_readable, "{row:?}: {refusal:?}: {text:?}");
        }
    }
}

#[test]
fn a_refusal_has_a_documented_code_with_its_status() {
    let at_api = all_chains().filter(|(.., door)| *door == Door::Api);
    for (chain, row, _) in at_api {
        for &refusal in Refusal::ALL {
            let (_, ErrorText { code, status, .. }) = chain.text(refusal, row);
            // These codes have several statuses.
            if let Some(known) = codes::find(code)
                && !matches!(code, "APIGW.0201" | "IAM.0006" | "IAM.0011")
            {
                assert_eq!(known.status, status, "{code}");
            }
        }
    }
}

/// An entry of the file of documented codes.
#[derive(Deserialize)]
struct DocumentedCode {
    code: String,
    source: String,
    /// The reason why no operation of the mock responds with it.
    unanswered: Option<String>,
}

#[test]
fn every_documented_code_has_a_refusal_or_a_reason() {
    let given: BTreeSet<&str> = all_chains()
        .filter(|(_, row, door)| {
            *door == Door::Api && row.is_some_and(|row| row.simulated.is_some())
        })
        .flat_map(|(chain, row, _)| {
            let texts = Refusal::ALL
                .iter()
                .map(move |&refusal| chain.text(refusal, row));
            texts.map(|(_, text)| text.code)
        })
        .collect();
    let codes: Vec<DocumentedCode> =
        serde_json::from_str(include_str!("../../../fixtures/errors.json")).unwrap();
    for line in codes {
        let has_refusal = given.contains(&*line.code);
        match &line.unanswered {
            None => assert!(has_refusal, "{}: no refusal, and no reason", line.code),
            Some(reason) => {
                assert!(!has_refusal, "{} has a refusal now: {reason}", line.code);
                assert!(!reason.trim().is_empty(), "{}", line.code);
            }
        }
        assert!(!line.source.trim().is_empty(), "{}", line.code);
    }
}

static CHAINS: [&Chain; 8] = [
    &AT_KEYSTONE,
    &AT_IAM,
    &AT_BASIC,
    &AT_ENTERPRISE,
    &AT_SWR_REGISTRY,
    &AT_OCI_REGISTRY,
    &AT_TOKEN_ENDPOINT,
    &AT_STORAGE,
];

#[test]
fn every_text_has_a_code_of_its_api_or_of_the_mock() {
    for chain in CHAINS {
        for OwnText { text, .. } in own_texts(chain) {
            let is_owned = chain
                .dialects()
                .any(|dialect| (dialect.owns_code)(text.code));
            assert!(is_owned || text.code.starts_with("MOCKSWR."), "{text:?}");
        }
    }
}

fn own_texts(chain: &Chain) -> impl Iterator<Item = &'static OwnText> {
    chain
        .dialects()
        .flat_map(|dialect| dialect.texts.iter().copied().flatten())
}

#[test]
fn every_text_of_a_dialect_is_used_for_each_of_its_refusals() {
    let rows: Vec<Option<&Row>> = TABLE.iter().map(Some).chain([None]).collect();
    for dialect in CHAINS.iter().flat_map(|chain| chain.dialects()) {
        let texts = || dialect.texts.iter().copied().flatten();
        for own in texts() {
            for &refusal in own.refusals {
                let is_first = |row: &Option<&Row>| {
                    let first = texts().find(|own| own.is_for(refusal, *row));
                    first.is_some_and(|first| std::ptr::eq(first, own))
                };
                assert!(rows.iter().any(is_first), "{refusal:?} {:?}", own.text);
            }
        }
    }
}

/// The status and code of each class, in the order of [`CLASSES`].
#[rustfmt::skip]
const BY_CLASS: [(Op, [(u16, &str); 9]); 4] = [
    (Op::ListNamespaces, [
        (400, "SVCSTG.SWR.4000014"), (401, "SVCSTG.SWR.4010000"), (403, "SVCSTG.SWR.4039002"),
        (404, "SVCSTG.SWR.4040083"), (409, "SVCSTG.SWR.4090006"), (413, "SVCSTG.SWR.4131001"),
        (403, "SVCSTG.SWR.4031032"), (500, "SVCSTG.SWR.5000008"), (507, "SVCSTG.SWR.5070070"),
    ]),
    (Op::ListUsers, [
        (400, "IAM.0011"), (401, "IAM.0001"), (403, "IAM.0002"), (404, "IAM.0004"), (409, "IAM.0005"),
        (413, "IAM.0011"), (429, "IAM.0012"), (500, "IAM.0006"), (503, "IAM.0006"),
    ]),
    (Op::GetManifest, [
        (400, "UNSUPPORTED"), (401, "UNAUTHORIZED"), (403, "DENIED"), (404, "UNSUPPORTED"), (409, "DENIED"),
        (413, "SIZE_INVALID"), (429, "TOOMANYREQUESTS"), (500, "UNSUPPORTED"), (503, "UNSUPPORTED"),
    ]),
    (Op::GetObject, [
        (400, "InvalidRequest"), (403, "AccessDenied"), (403, "AccessDenied"), (404, "NoSuchKey"),
        (409, "OperationAborted"), (400, "EntityTooLarge"), (503, "SlowDown"), (500, "InternalError"),
        (503, "ServiceUnavailable"),
    ]),
];

#[test]
fn each_api_has_a_text_for_each_class() {
    for (op, expected) in BY_CLASS {
        for profile in PROFILES {
            let (chain, row) = at(op, profile);
            let texts = CLASSES.map(|class| (chain.by_class)(class, row));
            let found = texts.map(|text| (text.status, text.code));
            assert_eq!(found, expected, "{op}");
        }
    }
    for (op, like) in [
        (Op::ListInstance, Op::ListNamespaces),
        (Op::ShowUser, Op::ListUsers),
        (Op::GetRegistryToken, Op::GetManifest),
        (Op::ListDockyardNamespaces, Op::GetManifest),
    ] {
        let (chain, like) = (at(op, Profile::Swr).0, at(like, Profile::Swr));
        for class in CLASSES {
            let text = (chain.by_class)(class, like.1);
            assert_eq!(text, (like.0.by_class)(class, like.1), "{op}");
        }
    }
}

#[test]
fn a_refusal_without_a_text_gets_the_text_of_its_class() {
    for (op, refusal, status, code) in [
        (
            Op::CreateNamespace,
            Refusal::BlobUnknown,
            404,
            "SVCSTG.SWR.4040083",
        ),
        (
            Op::CreateNamespace,
            Refusal::PasswordWrong,
            401,
            "SVCSTG.SWR.4010000",
        ),
        (
            Op::ListInstance,
            Refusal::RepoExists,
            409,
            "SVCSTG.SWR.4090006",
        ),
        (Op::ListUsers, Refusal::TagNotFound, 404, "IAM.0004"),
        (
            Op::GetManifest,
            Refusal::SignatureWrong,
            401,
            "UNAUTHORIZED",
        ),
        (
            Op::GetRegistryToken,
            Refusal::GrantLevel,
            400,
            "UNSUPPORTED",
        ),
    ] {
        let (chain, row) = at(op, Profile::Swr);
        let (dialect, text) = chain.text(refusal, row);
        assert_eq!((text.status, text.code), (status, code), "{op}");
        assert!(std::ptr::eq(dialect, chain.last), "{op}");
    }
}

/// Checks lines of `status code: refusals`.
#[track_caller]
fn assert_texts(chain: &Chain, row: Option<&Row>, expected: &str) {
    for line in expected.trim().lines() {
        let (text, names) = line.trim().split_once(": ").unwrap();
        for name in names.split(' ') {
            let is_named = |refusal: &&Refusal| format!("{refusal:?}") == name;
            let refusal = *Refusal::ALL.iter().find(is_named).unwrap();
            let (_, found) = chain.text(refusal, row);
            assert_eq!(format!("{} {}", found.status, found.code), text, "{name}");
        }
    }
}

#[test]
fn refusals_of_iam_keep_their_status_and_code() {
    let expected = "
        400 IAM.0011: BodyMalformed ParameterValue
        400 IAM.1108: TemporaryKeyExpired
        401 IAM.0001: CredentialsMissing AccessKeyUnknown SignatureWrong SignatureExpired SecurityTokenWrong
        401 IAM.0061: AccessKeyLocked
        401 IAM.0062: PasswordWrong
        401 IAM.0066: TokenExpired
        401 IAM.0067: TokenInvalid
        403 IAM.0002: PermissionDenied PolicyDenied AgencyUnknown
        404 IAM.0004: SubjectTokenUnknown DomainUnknown ProjectUnknown UserUnknown
        413 IAM.0011: BodyTooLarge
        414 IAM.0011: UriTooLong
        494 IAM.0011: HeadersTooLarge
        500 MOCKSWR.Panicked: Panicked
        500 MOCKSWR.ListenFailed: ListenFailed";
    for op in [Op::ListUsers, Op::ShowUser] {
        let (chain, row) = at(op, Profile::Swr);
        assert_texts(chain, row, expected);
    }
}

#[test]
fn refusals_of_the_basic_edition_keep_their_status_and_code() {
    let (chain, on_namespace) = at(Op::ListNamespaces, Profile::Swr);
    let expected = "
        400 SVCSTG.SWR.4000014: ParameterType
        400 SVCSTG.SWR.4000056: PageSize
        400 SVCSTG.SWR.4000097: NamespaceQuota
        400 SVCSTG.SWR.4000098: RepoQuota
        400 SVCSTG.SWR.4000099: TagQuota
        400 SVCSTG.SWR.4001009: VisibilityInvalid
        400 SVCSTG.SWR.4001014: ParameterMissing
        400 SVCSTG.SWR.4001018: BodyMalformed
        400 SVCSTG.SWR.4001025: ParameterValue
        400 SVCSTG.SWR.4001028: NamespaceName
        400 SVCSTG.SWR.4001029: RepoName
        400 SVCSTG.SWR.4001035: FilterInvalid
        400 SVCSTG.SWR.4001041: DomainInvalid
        400 SVCSTG.SWR.4001065: GrantLevel
        400 SVCSTG.SWR.4001067: UserInvalid
        400 SVCSTG.SWR.4001090: ShareNotFound
        400 SVCSTG.SWR.4001096: OrderColumn
        400 SVCSTG.SWR.4009021: TagName
        401 APIGW.0301: CredentialsMissing AccessKeyUnknown SignatureWrong SignatureExpired AccessKeyLocked
        401 APIGW.0301: TokenInvalid SecurityTokenWrong TemporaryKeyExpired
        401 APIGW.0307: TokenExpired
        401 SVCSTG.SWR.4010000: TokenScope
        401 SVCSTG.SWR.4011064: CrossAccount
        403 SVCSTG.SWR.4030170: PolicyDenied
        403 SVCSTG.SWR.4037017: PermissionDenied
        403 SVCSTG.SWR.4039001: ProjectForeign
        404 SVCSTG.SWR.4040058: NamespaceNotFound
        404 SVCSTG.SWR.4040078: GrantNotFound
        404 SVCSTG.SWR.4040083: VersionNotFound
        404 SVCSTG.SWR.4040113: RepoNotFound
        404 SVCSTG.SWR.4040115: TagNotFound
        406 SVCSTG.SWR.4060074: NamespaceNotEmpty
        409 SVCSTG.SWR.4090006: TagExists RepoExists
        409 SVCSTG.SWR.4090060: NamespaceExists
        409 SVCSTG.SWR.4090076: GrantExists
        409 SVCSTG.SWR.4090089: ShareExists AgencyExists
        413 APIGW.0201: BodyTooLarge
        413 SVCSTG.SWR.4131012: DescriptionTooLong
        414 APIGW.0201: UriTooLong
        494 APIGW.0201: HeadersTooLarge
        500 MOCKSWR.Panicked: Panicked
        500 MOCKSWR.ListenFailed: ListenFailed
        501 MOCKSWR.NotSimulated: NotSimulated";
    assert_texts(chain, on_namespace, expected);
    let on_account = Some(Op::CheckAgency.row());
    assert_texts(
        chain,
        on_account,
        "403 SVCSTG.SWR.4039002: PermissionDenied",
    );
    let on_repository = Some(Op::ShowRepository.row());
    assert_texts(
        chain,
        on_repository,
        "403 SVCSTG.SWR.4037018: PermissionDenied",
    );
    let in_repository = "
        400 SVCSTG.SWR.4001066: GrantLevel
        403 SVCSTG.SWR.4037020: PermissionDenied
        404 SVCSTG.SWR.4040091: GrantNotFound
        409 SVCSTG.SWR.4090089: GrantExists";
    let row = Op::CreateUserRepositoryAuth.row();
    assert_eq!(row.subject, Subject::InRepository);
    assert_texts(chain, Some(row), in_repository);
}

#[test]
fn refusals_of_the_enterprise_edition_keep_their_status_and_code() {
    let (chain, row) = at(Op::ListInstance, Profile::Swr);
    let expected = "
        400 SVCSTG.SWR.4001018: BodyMalformed
        401 APIGW.0301: CredentialsMissing AccessKeyUnknown TokenInvalid SecurityTokenWrong TemporaryKeyExpired
        401 APIGW.0307: TokenExpired
        413 APIGW.0201: BodyTooLarge
        414 APIGW.0201: UriTooLong
        494 APIGW.0201: HeadersTooLarge
        500 MOCKSWR.Panicked: Panicked
        500 MOCKSWR.ListenFailed: ListenFailed
        501 MOCKSWR.NotSimulated: NotSimulated";
    assert_texts(chain, row, expected);
}

/// The refusals that any request to a registry's listener can get.
const AT_ANY_REGISTRY_PATH: &str = "
        400 UNSUPPORTED: BodyMalformed
        413 SIZE_INVALID: BodyTooLarge
        414 UNSUPPORTED: UriTooLong
        431 UNSUPPORTED: HeadersTooLarge
        500 UNSUPPORTED: Panicked";

#[test]
fn refusals_of_the_registry_keep_their_status_and_code() {
    let expected = "
        400 DIGEST_INVALID: DigestInvalid
        400 MANIFEST_BLOB_UNKNOWN: ManifestBlobUnknown
        400 MANIFEST_INVALID: TagName ManifestInvalid ImageRefused
        400 NAME_INVALID: NamespaceName RepoName
        400 UNSUPPORTED: PageSize
        401 DENIED: LoginWrong LoginExpired LoginMissing
        401 UNAUTHORIZED: TokenInvalid TokenExpired ScopeInsufficient
        403 DENIED: RepoQuota PermissionDenied TagQuota PolicyDenied
        404 BLOB_UNKNOWN: BlobUnknown
        404 BLOB_UPLOAD_UNKNOWN: UploadUnknown
        404 MANIFEST_UNKNOWN: TagNotFound ManifestUnknown
        404 NAME_UNKNOWN: NamespaceNotFound RepoNotFound
        404 UNSUPPORTED: Unsupported
        413 SIZE_INVALID: ManifestTooLarge
        416 BLOB_UPLOAD_INVALID: UploadRange
        416 SIZE_INVALID: RangeInvalid
        507 DENIED: ContentLimit";
    for profile in PROFILES {
        let (chain, row) = at(Op::GetManifest, profile);
        assert_texts(chain, row, expected);
        assert_texts(chain, row, AT_ANY_REGISTRY_PATH);
        let missing = match profile {
            Profile::Swr => "401 DENIED: CredentialsMissing",
            Profile::Oci | Profile::Harbor => "401 UNAUTHORIZED: CredentialsMissing",
        };
        assert_texts(chain, row, missing);
    }
}

#[test]
fn refusals_of_the_token_endpoint_keep_their_status_and_code() {
    let expected = "
        400 NAME_INVALID: NamespaceName RepoName
        401 DENIED: PermissionDenied NamespaceNotFound TokenInvalid LoginWrong LoginExpired LoginMissing
        404 UNSUPPORTED: Unsupported";
    for op in [Op::GetRegistryToken, Op::PostRegistryToken] {
        let (chain, row) = at(op, Profile::Swr);
        assert_texts(chain, row, expected);
        assert_texts(chain, row, AT_ANY_REGISTRY_PATH);
    }
}

#[test]
fn refusals_of_the_api_for_harbor_keep_their_status_and_code() {
    let (chain, row) = at(Op::ListDockyardNamespaces, Profile::Swr);
    let expected = "
        400 NAME_INVALID: NamespaceName
        400 UNSUPPORTED: ParameterMissing ParameterType ParameterValue FilterInvalid OrderColumn PageSize
        401 DENIED: CredentialsMissing LoginWrong LoginExpired
        401 UNAUTHORIZED: TokenInvalid
        403 DENIED: NamespaceQuota PermissionDenied PolicyDenied
        409 DENIED: NamespaceExists";
    assert_texts(chain, row, expected);
    assert_texts(chain, row, AT_ANY_REGISTRY_PATH);
}

#[test]
fn refusals_of_object_storage_keep_their_status_and_code() {
    let expected = "
        400 InvalidArgument: CredentialsTwice
        400 InvalidRequest: BodyMalformed DigestInvalid
        403 AccessDenied: CredentialsMissing SignatureExpired
        403 SignatureDoesNotMatch: SignatureWrong
        404 NoSuchKey: BlobUnknown RouteNotFound
        416 InvalidRange: RangeInvalid
        500 MOCKSWR.Panicked: Panicked
        500 MOCKSWR.ListenFailed: ListenFailed";
    for profile in PROFILES {
        let (chain, row) = at(Op::GetObject, profile);
        assert_texts(chain, row, expected);
        assert_texts(find(Door::Storage, None, profile), None, expected);
    }
}

#[test]
fn a_path_without_an_operation_is_refused_in_the_dialect_of_its_listener() {
    let at_api = "
        400 SVCSTG.SWR.4001018: BodyMalformed
        404 APIGW.0101: RouteNotFound
        413 APIGW.0201: BodyTooLarge
        414 APIGW.0201: UriTooLong
        494 APIGW.0201: HeadersTooLarge
        500 MOCKSWR.Panicked: Panicked
        500 MOCKSWR.ListenFailed: ListenFailed";
    for profile in PROFILES {
        assert_texts(find(Door::Api, None, profile), None, at_api);
        let registry = find(Door::Registry, None, profile);
        assert_texts(registry, None, "404 UNSUPPORTED: RouteNotFound");
        assert_texts(registry, None, AT_ANY_REGISTRY_PATH);
    }
}

#[test]
fn a_planned_status_is_the_status_of_the_response() {
    for (chain, row, _) in all_chains() {
        for status in 400..600 {
            let text = match chain.planned(status, row) {
                Some(refusal) => chain.text(refusal, row).1,
                None => (chain.of_status)(status),
            };
            assert_eq!(text.status, status, "{row:?}");
        }
    }
}

#[test]
fn only_the_token_endpoint_drops_a_planned_status_of_its_dialects() {
    for (chain, row, _) in all_chains() {
        let is_at_token_endpoint = std::ptr::eq(chain, &AT_TOKEN_ENDPOINT);
        for status in 400..600 {
            let is_named = chain
                .dialects()
                .any(|dialect| (dialect.planned)(status, row).is_some());
            let is_dropped = is_named && chain.planned(status, row).is_none();
            assert_eq!(is_dropped, is_at_token_endpoint && status == 403, "{row:?}");
        }
    }
}

#[test]
fn an_error_with_only_a_status_has_a_code_of_its_api() {
    for (chain, row, door) in all_chains() {
        for status in 400..600 {
            let text = (chain.of_status)(status);
            let owns_code = match door {
                Door::Api => gateway::owns_code,
                Door::Registry => registry::owns_code,
                Door::Storage => storage::owns_code,
            };
            assert!(owns_code(text.code), "{row:?}: {text:?}");
        }
    }
}
