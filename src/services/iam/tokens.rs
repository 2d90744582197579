//! Creating and validating IAM tokens.

use http::header::HeaderName;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    IdentityBody, Method, NamedBody, PasswordUser, authorize, malformed, named_if_present, read,
};
use crate::base::clock::id_of;
use crate::base::cloud::CloudService;
use crate::base::endpoints::{Advertised, Door};
use crate::base::refusal::Denied;
use crate::base::refusal::Refusal;
use crate::base::reply::{Outcome, text_header};
use crate::services::input::Input;
use crate::state::{Permission, RequestedScope, Scope, State, Token};

#[derive(Deserialize)]
#[serde(expecting = "an object with identity")]
struct TokenRequest {
    identity: IdentityBody,
    #[serde(default)]
    scope: Option<ScopeBody>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with project or domain")]
struct ScopeBody {
    project: Option<ProjectScope>,
    domain: Option<NamedBody>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with id or name, and domain")]
struct ProjectScope {
    #[serde(flatten)]
    project: NamedBody,
    domain: Option<NamedBody>,
}

/// The requested scope. A project takes precedence over a domain. Without both, it is the account.
fn requested_scope(scope: Option<ScopeBody>) -> Result<RequestedScope, Denied> {
    Ok(match scope {
        Some(ScopeBody {
            project: Some(scope),
            ..
        }) => RequestedScope::Project {
            project: scope.project.named("scope.project")?,
            account: named_if_present(scope.domain, "scope.project.domain")?,
        },
        Some(ScopeBody {
            domain: Some(domain),
            ..
        }) => RequestedScope::Domain(domain.named("scope.domain")?),
        Some(_) | None => RequestedScope::None,
    })
}

const SUBJECT: HeaderName = HeaderName::from_static("x-subject-token");

/// POST: creates a token by password, by an existing token, or as an agency.
pub(crate) fn create(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let TokenRequest { identity, scope } = read(input)?;
    let scope = requested_scope(scope)?;
    let (user, method, parent) = match identity.method()? {
        Method::Password(PasswordUser {
            user,
            password,
            domain,
        }) => {
            let domain = named_if_present(domain, "user.domain")?;
            let user = state.sign_in(&user.named("user")?, domain.as_ref(), &password)?;
            (user, "password", None)
        }
        Method::Token(token) => {
            let id = token
                .id
                .ok_or_else(|| malformed("`identity.token.id` is missing"))?;
            let parent = state.check_token(&id)?.clone();
            (parent.user, "token", Some(parent))
        }
        Method::AssumeRole(role) => (role.assume(state, input)?, "assume_role", None),
    };
    authorize(state, input, user)?;
    let scope = state.authorize_scope(user, input.registry(), &scope)?;
    let services = Services::of(state, input, &scope)?;
    let (text, token) = state.issue_token(user, scope, method, parent.as_ref());
    let label = Arc::clone(&state.user(token.user).label);
    let shown = show(state, input, &token, &services).header(SUBJECT, text_header(&text));
    Ok(shown.signed_in(label))
}

/// GET: validates the token in `X-Subject-Token`.
pub(crate) fn validate(state: &mut State, input: &Input<'_>) -> Result<Outcome, Denied> {
    let text = input.header("x-subject-token").unwrap_or_default();
    let token = state.check_token(text).map_err(|denied| Denied {
        refusal: Refusal::SubjectTokenUnknown,
        by: None,
        ..denied
    })?;
    let services = Services::of(state, input, &token.scope)?;
    Ok(show(state, input, token, &services).header(SUBJECT, text_header(text)))
}

#[derive(Serialize)]
struct OneToken<'a> {
    token: TokenView<'a>,
}

#[derive(Serialize)]
struct TokenView<'a> {
    expires_at: String,
    issued_at: String,
    methods: [&'a str; 1],
    catalog: Vec<CatalogService<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<TokenProject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<TokenDomain<'a>>,
    roles: Vec<Role>,
    user: TokenUser<'a>,
}

#[derive(Serialize)]
struct CatalogService<'a> {
    r#type: &'a str,
    id: String,
    name: &'a str,
    endpoints: [CatalogEndpoint<'a>; 1],
}

#[derive(Serialize)]
struct CatalogEndpoint<'a> {
    id: String,
    interface: &'a str,
    region: &'a str,
    region_id: &'a str,
    url: String,
}

#[derive(Serialize)]
struct TokenProject<'a> {
    id: &'a str,
    name: &'a str,
    domain: TokenDomain<'a>,
}

#[derive(Clone, Copy, Serialize)]
struct TokenDomain<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Role {
    id: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct TokenUser<'a> {
    id: &'a str,
    name: &'a str,
    password_expires_at: &'a str,
    domain: TokenDomain<'a>,
}

fn show(state: &State, input: &Input<'_>, token: &Token, services: &Services<'_>) -> Outcome {
    let user = state.user(token.user);
    let account = state.account(user.account);
    let domain = TokenDomain {
        id: &account.id,
        name: &account.name,
    };
    let project_id = match &token.scope {
        Scope::Project(region) => Some((state.project_id(user.account, region), region)),
        Scope::Domain => None,
    };
    let project = project_id.as_ref().map(|(id, region)| TokenProject {
        id,
        name: region,
        domain,
    });
    Outcome::json(&OneToken {
        token: TokenView {
            expires_at: format!("{:.6}", token.expires),
            issued_at: format!("{:.6}", token.issued),
            methods: [token.method],
            catalog: if input.query_value("nocatalog").is_some() {
                Vec::new()
            } else {
                services.catalog()
            },
            domain: project.is_none().then_some(domain),
            project,
            roles: roles(user.account_permission),
            user: TokenUser {
                id: &user.id,
                name: &user.name,
                password_expires_at: "",
                domain,
            },
        },
    })
}

/// The roles of a user. Inferred, except `te_admin`. Permissions that SWR itself grants are not IAM roles.
fn roles(account_permission: Option<Permission>) -> Vec<Role> {
    match account_permission {
        None => Vec::new(),
        Some(Permission::Read) => vec![Role {
            id: "0",
            name: "readonly",
        }],
        Some(Permission::Write) => vec![Role {
            id: "0",
            name: "swr_operator",
        }],
        Some(Permission::Manage) => vec![Role {
            id: "0",
            name: "te_admin",
        }],
    }
}

/// The services in the catalog of a token.
struct Services<'a> {
    region: Arc<str>,
    addresses: Advertised<'a>,
}

impl<'a> Services<'a> {
    /// The services in the region of the project, or in the region that received the request.
    fn of(state: &State, input: &Input<'a>, scope: &Scope) -> Result<Services<'a>, Denied> {
        let registry = match scope {
            Scope::Project(region) => state.find_region(region),
            Scope::Domain => None,
        };
        let registry = registry.unwrap_or(input.registry());
        Ok(Services {
            region: Arc::clone(state.region(registry)),
            addresses: input.advertised_for(registry)?,
        })
    }

    fn catalog(&self) -> Vec<CatalogService<'_>> {
        vec![
            self.service("iam", CloudService::Iam, "/v3"),
            self.service("swr", CloudService::Management, ""),
        ]
    }

    fn service(&self, name: &'static str, service: CloudService, path: &str) -> CatalogService<'_> {
        let region = &*self.region;
        let url = self.addresses.service_url(service, Door::Api);
        CatalogService {
            r#type: name,
            id: id_of(&format!("service {name}")),
            name,
            endpoints: [CatalogEndpoint {
                id: id_of(&format!("endpoint {name} {region}")),
                interface: "public",
                region,
                region_id: region,
                url: format!("{url}{path}"),
            }],
        }
    }
}
