//! Which keys exist, and which one was probably meant.

use serde::Serialize;

/// The dotted names of all keys of `defaults` that a file may set.
pub(super) fn known_keys<T: Serialize>(defaults: &T) -> Vec<String> {
    let mut keys = vec!["public_url".to_owned()];
    if let Ok(serde_json::Value::Object(tree)) = serde_json::to_value(defaults) {
        collect(&tree, "", &mut keys);
    }
    keys
}

fn collect(
    tree: &serde_json::Map<String, serde_json::Value>,
    prefix: &str,
    keys: &mut Vec<String>,
) {
    for (name, value) in tree {
        let key = format!("{prefix}{name}");
        match value.as_object() {
            Some(inner) => collect(inner, &format!("{key}."), keys),
            None => keys.push(key),
        }
    }
}

/// The first key of `table` that is not known, dotted.
pub(super) fn unknown_key(table: &toml::Table, known: &[String]) -> Option<String> {
    find_unknown(table, "", known)
}

fn find_unknown(table: &toml::Table, prefix: &str, known: &[String]) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let key = format!("{prefix}{name}");
        let inner_prefix = format!("{key}.");
        match value.as_table() {
            Some(inner) if known.iter().any(|known| known.starts_with(&inner_prefix)) => {
                find_unknown(inner, &inner_prefix, known)
            }
            _ => (!known.contains(&key)).then_some(key),
        }
    })
}

/// The known key that is written most like `key`, if one is near enough to be meant.
pub(super) fn nearest(key: &str, known: &[String]) -> Option<String> {
    let distance = |other: &String| edit_distance(key, other);
    known
        .iter()
        .min_by_key(|other| distance(other))
        .filter(|other| distance(other) <= 3)
        .cloned()
}

/// Levenshtein's distance.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }
}
