//! The error codes of internal failures, by operation.

use http::Method;

use crate::operations::op::{Mark, Op, Row};

/// The code and message for an operation. An operation without a code of its own gets the code of lists or of its
/// method.
pub(super) fn failure_of(row: Option<&Row>) -> (&'static str, &'static str) {
    let Some(row) = row else {
        return FAILED_TO_GET;
    };
    if let Some((_, code, message)) = BY_OPERATION.iter().find(|(op, ..)| *op == row.op) {
        return (code, message);
    }
    match row.method {
        Method::POST => ("SVCSTG.SWR.5000046", "Failed to create"),
        Method::PATCH | Method::PUT => ("SVCSTG.SWR.5000011", "Failed to update"),
        Method::DELETE => ("SVCSTG.SWR.5000005", "Failed to delete"),
        _ if row.mark == Mark::Lists => FAILED_TO_LIST,
        _ => FAILED_TO_GET,
    }
}

const FAILED_TO_GET: (&str, &str) = ("SVCSTG.SWR.5000007", "Failed to get");

const FAILED_TO_LIST: (&str, &str) = ("SVCSTG.SWR.5000008", "Failed to list");

/// The codes of single operations. Inferred: which documented code belongs to which operation.
#[rustfmt::skip]
const BY_OPERATION: &[(Op, &str, &str)] = &[
    (Op::ListApiVersions, FAILED_TO_LIST.0, FAILED_TO_LIST.1),
    (Op::CreateNamespace, "SVCSTG.SWR.5000059", "Failed to create the organization"),
    (Op::ShowNamespace, "SVCSTG.SWR.5000057", "Failed to read the organization"),
    (Op::DeleteNamespaces, "SVCSTG.SWR.5001049", "Failed to delete the organization"),
    (Op::ShowNamespaceAuth, "SVCSTG.SWR.5000077", "Failed to read the organization permissions"),
    (Op::CreateNamespaceAuth, "SVCSTG.SWR.5000080", "Failed to create the organization permissions"),
    (Op::UpdateNamespaceAuth, "SVCSTG.SWR.5000079", "Failed to update the organization permissions"),
    (Op::DeleteNamespaceAuth, "SVCSTG.SWR.5000081", "Failed to delete the organization permissions"),
    (Op::CreateRepo, "SVCSTG.SWR.5001058", "Failed to save the image"),
    (Op::ShowRepository, "SVCSTG.SWR.5000112", "Failed to read the image"),
    (Op::DeleteRepo, "SVCSTG.SWR.5000049", "Failed to delete the image"),
    (Op::ListReposDetails, "SVCSTG.SWR.5000003", "Failed to read the image list"),
    (Op::ShowUserRepositoryAuth, "SVCSTG.SWR.5000090", "Failed to read the permissions"),
    (Op::CreateUserRepositoryAuth, "SVCSTG.SWR.5000093", "Failed to create the permissions"),
    (Op::UpdateUserRepositoryAuth, "SVCSTG.SWR.5000092", "Failed to update the permissions"),
    (Op::CreateRepoTag, "SVCSTG.SWR.5000085", "Failed to create the tag"),
    (Op::ShowRepoTag, "SVCSTG.SWR.5000114", "Failed to read the image tag"),
    (Op::ListRepositoryTags, "SVCSTG.SWR.5000063", "Failed to obtain the tag list"),
    (Op::ListRepositoryTag, "SVCSTG.SWR.5001056", "Failed to read the tag list"),
];
