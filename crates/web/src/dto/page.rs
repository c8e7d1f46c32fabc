//! Lists come in pages, never whole.

use std::borrow::Cow;
use std::str::FromStr;

use postrider_store::page::Listed;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Answer;

/// The most rows of one page.
pub const LIMIT_MAX: u32 = 200;
/// The rows of a page if nothing is asked.
pub const LIMIT_DEFAULT: u32 = 50;

/// One page of a list. In the document each has its own name: `PostViewPage`.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to ask for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of the store's rows as views.
    pub fn of<R>(listed: Listed<R>, view: impl FnMut(R) -> T) -> Self {
        Page {
            items: listed.items.into_iter().map(view).collect(),
            next_cursor: listed.next_cursor,
        }
    }
}

impl PageQuery {
    /// The row that the page follows, for lists that are cut here.
    ///
    /// # Errors
    /// If no list of such rows gave this cursor out.
    pub fn after<T: FromStr>(&self) -> Answer<Option<T>> {
        let page = postrider_store::page::Page {
            limit: 0,
            cursor: self.cursor.clone(),
        };
        Ok(page.after()?)
    }
}

impl From<PageQuery> for postrider_store::page::Page {
    fn from(asked: PageQuery) -> Self {
        postrider_store::page::Page {
            limit: bounded(asked.limit),
            cursor: asked.cursor,
        }
    }
}

impl<T: ToSchema> utoipa::PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("What to ask for the next page; null on the last."));
        ObjectBuilder::new()
            .description(Some("One page of a list."))
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .property("next_cursor", cursor)
            .required("items")
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Page", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows of the page, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The rows to read for what was asked: at least one, at most [`LIMIT_MAX`].
pub fn bounded(limit: Option<u32>) -> u32 {
    limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}
