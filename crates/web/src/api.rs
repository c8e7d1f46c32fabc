//! The routes as data: each row says verb, path, who may, what it takes and gives. The router, the OpenAPI document and the test that
//! walks every route are all made from the same rows, so that none can say something else.

use std::collections::BTreeMap;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use postrider_core::permission::Action;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Info, License, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, ResponseBuilder, Server};
use utoipa::{IntoParams, ToSchema};

use crate::problem::ProblemDocument;
use crate::state::AppState;

/// Before every path of the API.
pub const BASE: &str = "/api/v1";

/// Who may come through a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone, signed in or not.
    Anyone,
    /// Whoever is signed in; what is shown is the person's own.
    SignedIn,
    /// A member whose permissions allow the act.
    May(Action),
    /// A user with `instance_admin`.
    InstanceAdmin,
    /// Who knows the secret of the outside clock.
    Clock,
}

/// One route.
#[derive(Clone)]
pub struct Door {
    /// Verb.
    pub method: HttpMethod,
    /// Path below [`BASE`].
    pub path: &'static str,
    /// Name of the operation, unique.
    pub id: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Who may.
    pub who: Who,
    /// Status of the usual answer.
    pub status: u16,
    takes: Option<Body>,
    gives: Option<Body>,
    query: Vec<Parameter>,
    headers: Vec<(&'static str, &'static str)>,
}

type Collect = fn(&mut BTreeMap<String, RefOr<Schema>>);

#[derive(Clone)]
enum Body {
    Json(String, Collect),
    Bytes(&'static str),
}

impl Body {
    fn json<T: ToSchema>() -> Self {
        Body::Json(T::name().into_owned(), collect::<T>)
    }
}

/// Adds a type, and every type that it names, to the document's components.
fn collect<T: ToSchema>(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut found = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut found);
    schemas.extend(found);
}

/// A door before it has verb and path.
pub fn door(id: &'static str, who: Who, summary: &'static str) -> Door {
    Door {
        method: HttpMethod::Get,
        path: "",
        id,
        summary,
        who,
        status: 204,
        takes: None,
        gives: None,
        query: Vec::new(),
        headers: Vec::new(),
    }
}

impl Door {
    /// Reads JSON.
    #[must_use]
    pub fn takes<T: ToSchema>(mut self) -> Self {
        self.takes = Some(Body::json::<T>());
        self
    }

    /// Reads bytes of a media type.
    #[must_use]
    pub fn takes_bytes(mut self, mime: &'static str) -> Self {
        self.takes = Some(Body::Bytes(mime));
        self
    }

    /// Answers JSON.
    #[must_use]
    pub fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        self.gives = Some(Body::json::<T>());
        self.status = status;
        self
    }

    /// Answers bytes of a media type.
    #[must_use]
    pub fn gives_bytes(mut self, mime: &'static str) -> Self {
        self.gives = Some(Body::Bytes(mime));
        self.status = 200;
        self
    }

    /// Answers this status without a body.
    #[must_use]
    pub fn answers(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Reads query parameters.
    #[must_use]
    pub fn asks<T: IntoParams>(mut self) -> Self {
        self.query = T::into_params(|| Some(ParameterIn::Query));
        self
    }

    /// Reads a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, purpose: &'static str) -> Self {
        self.headers.push((name, purpose));
        self
    }

    /// Refuses an edit of a version that is not the present one.
    #[must_use]
    pub fn if_match(self) -> Self {
        self.header(
            "If-Match",
            "The `ETag` that was read; 412 if another edit was faster, 428 if it is missing.",
        )
    }

    /// The path that a client calls.
    pub fn full_path(&self) -> String {
        format!("{BASE}{}", self.path)
    }
}

/// The router and the document as they grow.
pub struct Api {
    router: Router<AppState>,
    doors: Vec<Door>,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Default for Api {
    fn default() -> Self {
        let mut schemas = BTreeMap::new();
        collect::<ProblemDocument>(&mut schemas);
        Api {
            router: Router::new(),
            doors: Vec::new(),
            schemas,
        }
    }
}

impl Api {
    /// Adds a route.
    pub fn add<H, T>(&mut self, method: HttpMethod, path: &'static str, mut door: Door, handler: H)
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        door.method = method.clone();
        door.path = path;
        let route = on(filter(&method), handler).layer(axum::Extension(door.who));
        self.router = std::mem::take(&mut self.router).route(path, route);
        for body in [&door.takes, &door.gives].into_iter().flatten() {
            if let Body::Json(_, collect) = body {
                collect(&mut self.schemas);
            }
        }
        self.doors.push(door);
    }

    /// Adds a reading route.
    pub fn get<H: Handler<T, AppState>, T: 'static>(&mut self, path: &'static str, door: Door, handler: H) {
        self.add(HttpMethod::Get, path, door, handler);
    }

    /// Adds a route that makes or acts.
    pub fn post<H: Handler<T, AppState>, T: 'static>(&mut self, path: &'static str, door: Door, handler: H) {
        self.add(HttpMethod::Post, path, door, handler);
    }

    /// Adds a route that changes.
    pub fn patch<H: Handler<T, AppState>, T: 'static>(&mut self, path: &'static str, door: Door, handler: H) {
        self.add(HttpMethod::Patch, path, door, handler);
    }

    /// Adds a route that removes.
    pub fn delete<H: Handler<T, AppState>, T: 'static>(&mut self, path: &'static str, door: Door, handler: H) {
        self.add(HttpMethod::Delete, path, door, handler);
    }

    /// The routes, in the order in which they were added.
    pub fn doors(&self) -> &[Door] {
        &self.doors
    }

    /// The document.
    pub fn document(&self) -> OpenApi {
        let mut paths = Paths::new();
        for door in &self.doors {
            paths.add_path_operation(door.full_path(), vec![door.method.clone()], operation(door));
        }
        let components = ComponentsBuilder::new()
            .schemas_from_iter(self.schemas.clone())
            .security_scheme(
                "session",
                SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::auth::COOKIE))),
            )
            .build();
        let mut info = Info::new("Postrider", env!("CARGO_PKG_VERSION"));
        info.description = Some(include_str!("openapi.md").to_owned());
        info.license = Some(License::new("Apache-2.0"));
        OpenApiBuilder::new()
            .info(info)
            .servers(Some([Server::new("/")]))
            .paths(paths)
            .components(Some(components))
            .build()
    }

    /// The router, below [`BASE`].
    pub fn into_router(self) -> Router<AppState> {
        Router::new().nest(BASE, self.router)
    }
}

fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        _ => MethodFilter::GET,
    }
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn text() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

fn content(body: &Body) -> (&'static str, utoipa::openapi::Content) {
    match body {
        Body::Json(name, _) => ("application/json", ContentBuilder::new().schema(Some(reference(name))).build()),
        Body::Bytes(mime) => (mime, ContentBuilder::new().schema(Some(text())).build()),
    }
}

fn operation(door: &Door) -> OperationBuilder {
    let tag = door.path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let mut operation = OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(door.id))
        .summary(Some(door.summary));
    for name in door.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(text())),
        );
    }
    for parameter in &door.query {
        operation = operation.parameter(parameter.clone());
    }
    for (name, purpose) in &door.headers {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(*purpose))
                .schema(Some(text())),
        );
    }
    if let Some(body) = &door.takes {
        let (mime, content) = content(body);
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .required(Some(Required::True))
                .content(mime, content)
                .build(),
        ));
    }
    let mut answer = ResponseBuilder::new().description("As asked.");
    if let Some(body) = &door.gives {
        let (mime, content) = content(body);
        answer = answer.content(mime, content);
    }
    let problem = ContentBuilder::new().schema(Some(reference("ProblemDocument"))).build();
    let refused = ResponseBuilder::new()
        .description("Refused; `code` says why.")
        .content("application/problem+json", problem);
    operation = operation.response(door.status.to_string(), answer).response("default", refused);
    let (who, permission) = match door.who {
        Who::Anyone => ("anyone", None),
        Who::SignedIn => ("signed_in", None),
        Who::May(action) => ("member", Some(action.permission_name())),
        Who::InstanceAdmin => ("instance_admin", None),
        Who::Clock => ("clock", None),
    };
    if !matches!(door.who, Who::Anyone | Who::Clock) {
        operation = operation.security(SecurityRequirement::new("session", Vec::<String>::new()));
    }
    let mut extensions = vec![("x-who", serde_json::json!(who))];
    extensions.extend(permission.map(|name| ("x-permission", serde_json::json!(name))));
    operation.extensions(Some(Extensions::from_iter(extensions)))
}
