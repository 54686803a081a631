//! Matrix expansion: one case as it is written becomes one JSON object for each combination of its
//! axes.

use serde_json::{Map, Value};

/// Most cases that one matrix may make.
const MAX_CASES: usize = 100_000;

/// Estimated memory of one JSON value without its text, in bytes.
const VALUE: usize = 64;

/// The memory that the expansion of a file may still take: a few lines can multiply without end.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    /// Memory for one file, in bytes: 64 MiB.
    const PER_FILE: usize = 64 << 20;

    pub(crate) fn new() -> Budget {
        Budget(Self::PER_FILE)
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| {
            format!(
                "expanded, the file takes more than {} MiB",
                Self::PER_FILE >> 20
            )
        })?;
        Ok(())
    }
}

/// The name that stands for the size in the steps of a case whose cost is measured at several.
const SIZE: &str = "size";

/// One combination of a matrix, with its names filled in.
#[derive(Debug)]
pub(crate) struct Expanded {
    pub(crate) id: String,
    pub(crate) json: Map<String, Value>,
    pub(crate) rest: Rest,
}

/// What a case takes from its source beside its own JSON.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    pub(crate) autobahn: Vec<String>,
    /// Its steps at the smaller sizes of `costs.growth`, in that order.
    pub(crate) smaller: Vec<Value>,
}

/// A key of a case that does not allow it to be expanded.
#[derive(Debug)]
pub(crate) struct FieldFault {
    pub(crate) field: String,
    pub(crate) message: String,
}

/// An axis: its name, and the label and value of each of its points.
type Axis = (String, Vec<(String, Value)>);

/// Expands a case into one object for each combination of its axes, in the order of the axes.
pub(crate) fn expand(
    source: &Map<String, Value>,
    budget: &mut Budget,
) -> Result<Vec<Expanded>, FieldFault> {
    let id = source
        .get("id")
        .and_then(Value::as_str)
        .ok_or("missing, or not a string".to_owned())
        .map_err(in_field("id"))?;
    let axes = axes(source).map_err(in_field("matrix"))?;
    if let Some((name, _)) = axes
        .iter()
        .find(|(name, _)| !id.contains(&format!("{{{name}}}")))
    {
        let message = format!("the axis `{name}` has to appear in the id, as {{{name}}}");
        return Err(in_field("id")(message));
    }
    let repeated = VALUE * axes.len() + source.get("autobahn").map_or(0, cost);
    number_of_cases(&axes)
        .and_then(|cases| budget.take(cases.saturating_mul(repeated)))
        .map_err(in_field("matrix"))?;
    let except = exceptions(source, &axes).map_err(in_field("except"))?;
    let sizes = sizes(source, &axes).map_err(in_field("costs"))?;
    let mut found = Vec::new();
    for point in combinations(&axes) {
        if !except
            .iter()
            .any(|exception| is_excepted(&point, exception))
        {
            found.push(expand_at(id, source, &point, &sizes, budget)?);
        }
    }
    check_autobahn_labels(source, &axes).map_err(in_field("autobahn"))?;
    Ok(found)
}

fn in_field(field: &str) -> impl Fn(String) -> FieldFault {
    move |message| FieldFault {
        field: field.to_owned(),
        message,
    }
}

/// The object of one combination.
fn expand_at(
    id: &str,
    source: &Map<String, Value>,
    point: &Point<'_>,
    sizes: &[(String, Value)],
    budget: &mut Budget,
) -> Result<Expanded, FieldFault> {
    let mut full_id = id.to_owned();
    for (name, label, _) in point {
        full_id = full_id.replace(&format!("{{{name}}}"), label);
    }
    budget.take(full_id.len()).map_err(in_field("id"))?;
    let autobahn =
        autobahn(source.get("autobahn"), &labels(point)).map_err(in_field("autobahn"))?;
    let mut sized: Vec<Point<'_>> = sizes.iter().map(|size| at_size(point, size)).collect();
    let largest = sized.pop();
    let mut json = Map::new();
    for (key, value) in source {
        let filled = match key.as_str() {
            "id" => Value::String(full_id.clone()),
            "matrix" | "except" | "autobahn" => Value::Null,
            "steps" => {
                let point = largest.as_ref().unwrap_or(point);
                fill(value, point, budget).map_err(in_field(key))?
            }
            _ => fill(value, point, budget).map_err(in_field(key))?,
        };
        json.insert(key.clone(), filled);
    }
    let steps = source.get("steps").unwrap_or(&Value::Null);
    let smaller = sized.iter().map(|point| fill(steps, point, budget));
    let smaller = smaller.collect::<Result<_, _>>();
    Ok(Expanded {
        id: full_id,
        json,
        rest: Rest {
            autobahn,
            smaller: smaller.map_err(in_field("steps"))?,
        },
    })
}

/// The sizes at which the cost of a case is measured, with their labels; none of most cases. What is
/// wrong with their values is said where the case is read.
fn sizes(source: &Map<String, Value>, axes: &[Axis]) -> Result<Vec<(String, Value)>, String> {
    let growth = source.get("costs").and_then(|costs| costs.get("growth"));
    let Some(Value::Array(sizes)) = growth else {
        return Ok(Vec::new());
    };
    if axes.iter().any(|(name, _)| name == SIZE) {
        return Err(format!(
            "the steps have {{{SIZE}}} for the sizes of `growth`: an axis needs another name"
        ));
    }
    sizes
        .iter()
        .map(|size| Ok((label(size)?, size.clone())))
        .collect()
}

fn at_size<'a>(point: &Point<'a>, (label, size): &'a (String, Value)) -> Point<'a> {
    let mut point = point.clone();
    point.push((SIZE, label, size));
    point
}

fn axes(source: &Map<String, Value>) -> Result<Vec<Axis>, String> {
    match source.get("matrix") {
        None => Ok(Vec::new()),
        Some(Value::Object(matrix)) => matrix
            .iter()
            .map(|(name, points)| Ok((name.clone(), axis(name, points)?)))
            .collect(),
        Some(_) => Err("must be an object".into()),
    }
}

fn number_of_cases(axes: &[Axis]) -> Result<usize, String> {
    axes.iter()
        .try_fold(1, |cases: usize, (_, points)| {
            cases.checked_mul(points.len())
        })
        .filter(|cases| *cases <= MAX_CASES)
        .ok_or_else(|| format!("makes more than {MAX_CASES} cases"))
}

/// The labels of a combination, as `autobahn` names it.
fn labels(point: &Point<'_>) -> String {
    let labels: Vec<&str> = point.iter().map(|(_, label, _)| *label).collect();
    labels.join("-")
}

fn is_excepted(point: &Point<'_>, exception: &[(&str, String)]) -> bool {
    exception
        .iter()
        .all(|(axis, label)| point.iter().any(|(name, l, _)| name == axis && l == label))
}

/// Checks that an object under `autobahn` names only combinations that exist.
fn check_autobahn_labels(source: &Map<String, Value>, axes: &[Axis]) -> Result<(), String> {
    let Some(Value::Object(by_label)) = source.get("autobahn") else {
        return Ok(());
    };
    let known: Vec<String> = combinations(axes).iter().map(labels).collect();
    match by_label.keys().find(|label| !known.contains(label)) {
        Some(label) => Err(format!("the matrix has no combination `{label}`")),
        None => Ok(()),
    }
}

fn axis(name: &str, points: &Value) -> Result<Vec<(String, Value)>, String> {
    let points: Vec<(String, Value)> = match points {
        Value::Object(map) => map.iter().map(|(l, v)| (l.clone(), v.clone())).collect(),
        Value::Array(list) => list
            .iter()
            .map(|v| label(v).map(|l| (l, v.clone())))
            .collect::<Result<_, _>>()?,
        _ => return Err(format!("the axis `{name}` is neither a list nor an object")),
    };
    if points.is_empty() {
        return Err(format!("the axis `{name}` is empty"));
    }
    match points.iter().find(|(l, _)| !is_label(l)) {
        Some((bad, _)) => Err(format!(
            "the axis `{name}` has the label `{bad}`; a label has only a-z, 0-9, '.', '_' and '-'"
        )),
        None => Ok(points),
    }
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
}

/// The label of a value in a list.
fn label(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(n) => Ok(n.to_string()),
        Value::Bool(b) => Ok(b.to_string()),
        Value::Array(list) if list.is_empty() => Ok("none".into()),
        Value::Array(list) => Ok(list
            .iter()
            .map(label)
            .collect::<Result<Vec<_>, _>>()?
            .join("-")),
        other => Err(format!(
            "{other} has no label: write the axis as an object, label → value"
        )),
    }
}

fn exceptions<'a>(
    source: &'a Map<String, Value>,
    axes: &[Axis],
) -> Result<Vec<Vec<(&'a str, String)>>, String> {
    let Some(list) = source.get("except") else {
        return Ok(Vec::new());
    };
    let list = list.as_array().ok_or("must be a list")?;
    let mut found = Vec::new();
    for out in list {
        let mut one = Vec::new();
        for (name, value) in out.as_object().ok_or("must be a list of objects")? {
            let label = label(value)?;
            let known = axes
                .iter()
                .any(|(n, points)| n == name && points.iter().any(|(l, _)| *l == label));
            if !known {
                return Err(format!("the axis `{name}` has no `{label}`"));
            }
            one.push((name.as_str(), label));
        }
        found.push(one);
    }
    Ok(found)
}

fn autobahn(source: Option<&Value>, labels: &str) -> Result<Vec<String>, String> {
    match source {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(id)) => Ok(vec![id.clone()]),
        Some(Value::Array(ids)) => ids
            .iter()
            .map(|id| {
                id.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| "an id is a string".to_owned())
            })
            .collect(),
        Some(Value::Object(by_label)) => autobahn(by_label.get(labels), labels),
        Some(_) => Err("must be an id, a list of ids, or an object from label to id".into()),
    }
}

/// One point of the matrix: axis, label and value, in the order of the axes.
type Point<'a> = Vec<(&'a str, &'a str, &'a Value)>;

fn combinations(axes: &[Axis]) -> Vec<Point<'_>> {
    axes.iter()
        .fold(vec![Vec::new()], |rows: Vec<Point<'_>>, (name, points)| {
            rows.iter()
                .flat_map(|row| {
                    points.iter().map(move |(label, value)| {
                        let mut row = row.clone();
                        row.push((name.as_str(), label.as_str(), value));
                        row
                    })
                })
                .collect()
        })
}

/// Replaces the names of axes in `value`.
fn fill(value: &Value, point: &Point<'_>, budget: &mut Budget) -> Result<Value, String> {
    budget.take(VALUE)?;
    Ok(match value {
        Value::String(text) => fill_text(text, point, budget)?,
        Value::Array(list) => {
            let mut filled = Vec::new();
            for item in list {
                match (item, fill(item, point, budget)?) {
                    // A name that is an element of its own and stands for a list is spliced.
                    (Value::String(_), Value::Array(many)) => filled.extend(many),
                    (_, one) => filled.push(one),
                }
            }
            Value::Array(filled)
        }
        Value::Object(map) => {
            let mut filled = Map::new();
            for (key, value) in map {
                let key = match fill_text(key, point, budget)? {
                    Value::String(text) => text,
                    other => {
                        return Err(format!("`{key}` stands for {other}, which is not a string"));
                    }
                };
                filled.insert(key, fill(value, point, budget)?);
            }
            Value::Object(filled)
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, point: &Point<'_>, budget: &mut Budget) -> Result<Value, String> {
    if let Some(name) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'))
        && let Some(value) = look_up(name, point)?
    {
        budget.take(cost(value))?;
        return Ok(value.clone());
    }
    budget.take(text.len())?;
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = match rest.find('}') {
            Some(end) => look_up(&rest[1..end], point)?.map(|v| (v, end)),
            None => None,
        };
        if let Some((value, end)) = found {
            let label = label(value)?;
            budget.take(label.len())?;
            filled.push_str(&label);
            rest = &rest[end + 1..];
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    Ok(Value::String(filled))
}

/// Estimated memory of a value, in bytes.
fn cost(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(cost).sum(),
            Value::Object(map) => map.iter().map(|(key, value)| key.len() + cost(value)).sum(),
            _ => 0,
        }
}

/// The value of `axis` or `axis.field`; `None` if there is no such axis.
fn look_up<'a>(name: &str, point: &Point<'a>) -> Result<Option<&'a Value>, String> {
    let (axis, field) = name
        .split_once('.')
        .map_or((name, None), |(a, f)| (a, Some(f)));
    let Some((_, label, value)) = point.iter().find(|(n, _, _)| *n == axis) else {
        return Ok(None);
    };
    match field {
        None => Ok(Some(value)),
        Some(field) => value
            .get(field)
            .map(Some)
            .ok_or_else(|| format!("`{label}` of the axis `{axis}` has no `{field}`")),
    }
}

#[cfg(test)]
mod tests;
