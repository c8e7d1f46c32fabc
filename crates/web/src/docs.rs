//! The API document, and a page to read it in the browser without anything from elsewhere.

use axum::Json;
use axum::response::Html;
use utoipa::openapi::OpenApi;

/// Answers the document.
pub async fn document() -> Json<OpenApi> {
    Json(crate::routes::api().document())
}

/// Answers the page.
pub async fn page() -> Html<String> {
    let api = crate::routes::api();
    let mut rows = String::new();
    for door in api.doors() {
        let method = format!("{:?}", Method(&door.method));
        let who = match door.who {
            crate::api::Who::Anyone => "anyone".to_owned(),
            crate::api::Who::SignedIn => "signed in".to_owned(),
            crate::api::Who::May(action) => action.permission_name().to_owned(),
            crate::api::Who::InstanceAdmin => "instance admin".to_owned(),
            crate::api::Who::Clock => "tick secret".to_owned(),
        };
        let (path, summary) = (door.full_path(), door.summary);
        rows.push_str(&format!(
            "<tr><td><code>{method}</code><td><code>{path}</code><td>{summary}<td>{who}"
        ));
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Postrider API</title>\
         <style>:root{{color-scheme:light dark}}body{{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}}\
         table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884;vertical-align:top}}</style>\
         <h1>Postrider API</h1><p>{}</p><p>The machine-readable document: <a href=\"/api/openapi.json\">openapi.json</a> (OpenAPI 3.1), \
         with every field and its meaning.</p><table><tr><th>Verb<th>Path<th>Does<th>Who{rows}</table></html>",
        include_str!("openapi.md").replace("\n\n", "<p>")
    ))
}

struct Method<'a>(&'a utoipa::openapi::path::HttpMethod);

impl std::fmt::Debug for Method<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = serde_json::to_value(self.0)
            .ok()
            .and_then(|value| value.as_str().map(str::to_uppercase));
        f.write_str(&name.unwrap_or_default())
    }
}
