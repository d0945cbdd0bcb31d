//! `/api/v1/openapi.json`: what can be asked, for tools.
//!
//! Bodies are described by the example files of `wire`, the same that its types are tested with.

use std::sync::LazyLock;

use axum::Json;
use serde_json::Value;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, HttpMethod, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder,
    Required, ResponseBuilder, Type,
};

/// The document.
pub(super) async fn document() -> Json<&'static OpenApi> {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(written);
    Json(&DOCUMENT)
}

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Everybody.
    Anyone,
    /// A signed-in person alone.
    Session,
    /// A signed-in person, or a token with that scope.
    Scope(&'static str),
    /// An agent with its key.
    Agent,
}

struct Door {
    method: HttpMethod,
    path: &'static str,
    group: &'static str,
    summary: &'static str,
    by: By,
    query: &'static str,
    /// Media type and example of the body.
    body: Option<(&'static str, &'static str)>,
    status: &'static str,
    /// Media type and example of the answer.
    answer: Option<(&'static str, &'static str)>,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const JSON_LINES: &str = "application/jsonl";
const ZIP: &str = "application/zip";
const BYTES: &str = "application/octet-stream";

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../wire/examples/rest/", $name, ".json"))
    };
}

macro_rules! doors {
    ($( $method:ident $path:literal $group:literal $summary:literal ($by:expr) [$query:literal]
        $(body $body_type:ident $body:literal)? => $status:literal $($type:ident $answer:literal)?; )+) => {
        [$( Door {
            method: HttpMethod::$method,
            path: $path,
            group: $group,
            summary: $summary,
            by: $by,
            query: $query,
            body: doors!(@ $($body_type $body)?),
            status: $status,
            answer: doors!(@ $($type $answer)?),
        } ),+]
    };
    (@) => { None };
    (@ JSON $name:literal) => { Some((JSON, example!($name))) };
    (@ $type:ident $name:literal) => { Some(($type, "")) };
}

const READ: By = By::Scope("read");
const PLAY: By = By::Scope("play");
const EDIT: By = By::Scope("edit");

fn doors() -> Vec<Door> {
    doors! {
        Post "/setup" "people" "Make the first account, with the setup link" (By::Anyone) [""] body JSON "set-up" => "201" JSON "me";
        Post "/session" "people" "Sign in, with password or link" (By::Anyone) [""] body JSON "sign-in" => "200" JSON "me";
        Delete "/session" "people" "Sign out" (By::Session) [""] => "204";
        Get "/me" "people" "Who is signed in" (READ) [""] => "200" JSON "me";
        Patch "/me" "people" "Change name, password or settings" (By::Session) [""] body JSON "patch-me" => "200" JSON "me";
        Get "/sessions" "people" "Signed-in browsers" (By::Session) [""] => "200" JSON "sessions";
        Delete "/sessions/{id}" "people" "Sign a browser out" (By::Session) [""] => "204";
        Get "/tokens" "people" "API tokens" (By::Session) [""] => "200" JSON "token";
        Post "/tokens" "people" "Make an API token; it is shown once" (By::Session) [""] body JSON "create-token" => "201" JSON "token";
        Delete "/tokens/{id}" "people" "Delete an API token" (By::Session) [""] => "204";
        Get "/audit" "people" "Who changed what, newest first, for admins" (By::Session) ["userId action from to limit cursor"] => "200" JSON "audit";
        Get "/users" "people" "Accounts, for admins" (By::Session) [""] => "200" JSON "users";
        Patch "/users/{user}" "people" "Change a role, disable an account; running=stop or finish what runs on its computers" (By::Session) ["running"] body JSON "patch-user" => "200";
        Get "/invites" "people" "Invites that are still good, for admins" (By::Session) [""] => "200";
        Post "/invites" "people" "Invite somebody; the token is shown once" (By::Session) [""] body JSON "create-invite" => "201" JSON "invite";
        Post "/invites/accept" "people" "Make an account with an invite" (By::Anyone) [""] body JSON "accept-invite" => "201" JSON "me";
        Delete "/invites/{id}" "people" "Take an invite back" (By::Session) [""] => "204";
        Get "/users/{user}/robots" "robots" "The user's robots; view=rows gives all, without parameters" (READ) ["view limit cursor"] => "200" JSON "robots";
        Post "/users/{user}/robots" "robots" "Make a robot, from a source or (multipart/form-data with name and package) a zip" (EDIT) [""] body JSON "create-robot" => "201" JSON "robot";
        Post "/robots/check" "robots" "What is wrong with a source (JSON) or a package (application/zip)" (EDIT) [""] body JSON "check-source" => "200" JSON "check-result";
        Get "/robots/{id}" "robots" "A robot" (READ) [""] => "200" JSON "robot";
        Patch "/robots/{id}" "robots" "Change what is not versioned" (EDIT) [""] body JSON "patch-robot" => "200" JSON "robot";
        Delete "/robots/{id}" "robots" "Delete a robot; its waiting jobs are cancelled" (EDIT) [""] => "204";
        Get "/robots/{id}/versions" "robots" "Its versions, newest first" (READ) ["limit cursor"] => "200" JSON "versions";
        Get "/robots/{id}/source" "robots" "The source of a version: text, or a zip" (READ) ["version"] => "200" TEXT "";
        Put "/robots/{id}/source" "robots" "Save a version (text/plain or application/zip); If-Match names the expected one" (EDIT) ["note"] body TEXT "" => "200" JSON "robot";
        Get "/robots/{id}/play-form" "robots" "All that a play dialog needs" (READ) ["version"] => "200" JSON "play-form";
        Get "/jobs" "jobs" "Jobs, newest first" (READ) ["robotId status agentId from to q number limit cursor"] => "200";
        Post "/jobs" "jobs" "Play; the same Idempotency-Key again is the same job" (PLAY) [""] body JSON "create-job" => "201" JSON "job";
        Get "/jobs/{id}" "jobs" "A job" (READ) [""] => "200" JSON "job";
        Post "/jobs/{id}/cancel" "jobs" "Stop or kill a job" (PLAY) [""] body JSON "cancel-job" => "200" JSON "job";
        Post "/jobs/{id}/retry" "jobs" "The same again; secrets are given anew" (PLAY) [""] body JSON "retry" => "201" JSON "job";
        Get "/jobs/{id}/events" "jobs" "Events of an attempt, oldest first" (READ) ["attempt after limit"] => "200" JSON "event-page";
        Get "/jobs/{id}/events.jsonl" "jobs" "All events of an attempt, one a line" (READ) ["attempt"] => "200" JSON_LINES "";
        Get "/jobs/{id}/log.txt" "jobs" "The log of an attempt as text" (READ) ["attempt"] => "200" TEXT "";
        Get "/jobs/{id}/steps" "jobs" "The steps of an attempt as a tree, and what each usually takes" (READ) ["attempt"] => "200" JSON "steps";
        Get "/jobs/{id}/search" "jobs" "Where a text stands in the log of an attempt" (READ) ["q level attempt after limit"] => "200" JSON "search";
        Get "/jobs/{id}/attempts" "jobs" "The attempts, oldest first" (READ) [""] => "200" JSON "attempts";
        Get "/jobs/{id}/artifacts" "jobs" "The files that a job left behind" (READ) [""] => "200" JSON "artifacts";
        Get "/artifacts/{id}" "jobs" "A file, in a sandbox; ranges are served" (READ) ["download"] => "200" BYTES "";
        Put "/attempts/{job}/{attempt}/artifacts/{name}" "agents" "Deliver a file; Content-Digest is checked" (By::Agent) [""] body BYTES "" => "201";
        Get "/attempts/{job}/{attempt}/package" "agents" "Fetch what did not fit into the offer" (By::Agent) [""] => "200" ZIP "";
        Get "/agents" "agents" "Computers, by name" (READ) [""] => "200" JSON "agents";
        Post "/agents" "agents" "Become an agent with an enrolment token" (By::Anyone) [""] body JSON "enrol" => "201" JSON "enrol-answer";
        Patch "/agents/{id}" "agents" "Change name, labels, slots or pause" (EDIT) [""] body JSON "patch-agent" => "200";
        Delete "/agents/{id}" "agents" "Remove a computer; running=stop or finish" (EDIT) ["running"] => "204";
        Post "/agents/{id}/check" "agents" "Let a computer look at itself now" (EDIT) [""] => "202";
        Get "/pairings" "agents" "Computers that ask to be let in" (By::Session) [""] => "200";
        Post "/pairings" "agents" "Ask to be let in" (By::Anyone) [""] body JSON "create-pairing" => "201" JSON "pairing";
        Get "/pairings/{id}" "agents" "What was answered, for the key of the computer that asked" (By::Anyone) [""] => "200" JSON "pairing";
        Post "/pairings/{id}/approve" "agents" "Let a computer in, by its code" (By::Session) [""] body JSON "approve-pairing" => "200" JSON "pairing";
        Post "/pairings/{id}/deny" "agents" "Refuse a computer" (By::Session) [""] => "200" JSON "pairing";
        Post "/pairings/deny" "agents" "Refuse all that ask from one address" (By::Session) [""] body JSON "deny-from" => "200" JSON "denied-from";
        Get "/enrolments" "agents" "Enrolment tokens" (By::Session) [""] => "200";
        Post "/enrolments" "agents" "Make an enrolment token; it is shown once" (By::Session) [""] body JSON "create-enrolment" => "201" JSON "enrolment";
        Delete "/enrolments/{id}" "agents" "Delete an enrolment token" (By::Session) [""] => "204";
    }
    .into()
}

fn written() -> OpenApi {
    let mut paths = Paths::new();
    for door in doors() {
        let path = format!("/api/v1{}", door.path);
        let operation = operation(&door);
        paths.add_path_operation(path, vec![door.method], operation);
    }
    let info = InfoBuilder::new()
        .title("Arkwright")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Robots that work on your computers. Live news and play also go over Socket.IO: \
             docs/WIRE.md describes both.",
        ));
    let mut components = Components::new();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let key = |name: &str, text: &str| ApiKeyValue::with_description(name, text);
    let session = key(
        "arkwright_<installation>",
        "the session of a signed-in browser",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let agent = key("Authorization", "Agent <agentId>:<key>");
    components.add_security_scheme("agent", SecurityScheme::ApiKey(ApiKey::Header(agent)));
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .components(Some(components))
        .build()
}

fn operation(door: &Door) -> Operation {
    let mut operation = OperationBuilder::new()
        .tag(door.group)
        .summary(Some(door.summary));
    let none: [&str; 0] = [];
    match door.by {
        By::Anyone => {}
        By::Session => operation = operation.security(SecurityRequirement::new("session", none)),
        By::Agent => operation = operation.security(SecurityRequirement::new("agent", none)),
        By::Scope(scope) => {
            operation = operation
                .security(SecurityRequirement::new("session", none))
                .security(SecurityRequirement::new("token", [scope]))
                .description(Some(format!("A token needs the scope `{scope}`.")));
        }
    }
    let in_path = door.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some((name, ParameterIn::Path, Required::True))
    });
    let in_query = door.query.split_whitespace();
    let in_query = in_query.map(|name| (name, ParameterIn::Query, Required::False));
    for (name, place, required) in in_path.chain(in_query) {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .required(required)
                .schema(Some(text)),
        );
    }
    if let Some((media_type, example)) = door.body {
        let body = RequestBodyBuilder::new().content(media_type, content(example));
        operation = operation.request_body(Some(body.build()));
    }
    let mut done = ResponseBuilder::new().description("done");
    if let Some((media_type, example)) = door.answer {
        done = done.content(media_type, content(example));
    }
    let refused = ResponseBuilder::new()
        .description("refused")
        .content(JSON, content(example!("error")));
    operation
        .response(door.status, done.build())
        .response("default", refused.build())
        .build()
}

fn content(example: &str) -> utoipa::openapi::Content {
    let example: Option<Value> = serde_json::from_str(example).ok();
    let kind = match &example {
        Some(_) => Type::Object,
        None => Type::String,
    };
    let schema = ObjectBuilder::new().schema_type(kind).build();
    let content = ContentBuilder::new().schema(Some(schema));
    content.example(example).build()
}

/// Method and path of every door that is no question.
#[cfg(test)]
pub(super) fn changing_doors() -> Vec<(&'static str, &'static str)> {
    let named = doors().into_iter().map(|door| {
        let method = match door.method {
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Delete => "DELETE",
            _ => "",
        };
        (method, door.path)
    });
    named.filter(|(method, _)| !method.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_json_body_has_an_example_that_can_be_read() {
        for door in doors() {
            for (media_type, example) in door.body.into_iter().chain(door.answer) {
                let is_json = media_type == JSON;
                let read = serde_json::from_str::<Value>(example);
                assert_eq!(read.is_ok(), is_json, "{}", door.path);
            }
        }
    }
}
