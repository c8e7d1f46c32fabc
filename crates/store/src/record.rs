//! How a noun's file declares its rows and its statements.

/// Declares a row's type and how it is read: each field by the column of its name.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $kind:ty = $getter:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$fdoc])* pub $field: $kind,)* }

        impl $name {
            pub(crate) fn of(row: &$crate::db::Row) -> $crate::error::Result<Self> {
                Ok(Self { $($field: row.$getter(stringify!($field))?,)* })
            }

            #[allow(dead_code)]
            pub(crate) fn all(rows: &[$crate::db::Row]) -> $crate::error::Result<Vec<Self>> {
                rows.iter().map(Self::of).collect()
            }
        }
    };
}

/// Declares a file's statements, so that a test can have every one prepared by both databases.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: &str = $sql;)*
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}

/// Rows of a project that the scope reaches. Takes `$1` organization, `$2` whether all projects, `$3` the projects.
macro_rules! reached {
    ($row:literal) => {
        concat!($row, ".organization_id = $1 AND ($2 OR ", $row, ".project_id IN LIST($3))")
    };
}

/// Posts that the scope shows. Takes what [`reached`] takes, `$4` what is shown (`all`, `own`, `client`) and `$5` who asks.
///
/// A client sees what was given a time, what was sent for approval, and its own; never the agency's drafts and ideas.
macro_rules! shown {
    ($post:literal) => {
        concat!(
            $post,
            ".organization_id = $1 AND ($2 OR ",
            $post,
            ".project_id IN LIST($3)) AND ",
            $post,
            ".deleted_at IS NULL AND ($4 = 'all' OR ",
            $post,
            ".author_id = $5 OR ($4 = 'client' AND EXISTS (SELECT 1 FROM deliveries seen WHERE seen.post_id = ",
            $post,
            ".id AND (seen.gate <> 'none' OR seen.state NOT IN ('draft', 'canceled')))))"
        )
    };
}

pub(crate) use {reached, record, shown, statements};
