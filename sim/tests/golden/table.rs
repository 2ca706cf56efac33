//! The golden numbers: what others computed.

const TEXT: &str = include_str!("stampede.csv");

/// One golden number.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    /// Its place in the table.
    pub(crate) line: usize,
    pub(crate) strategy: &'static str,
    /// Requests a second on the key.
    pub(crate) rate: f64,
    /// Seconds a compute takes.
    pub(crate) delta: f64,
    /// Whether compute times are exponential; else they are constant.
    pub(crate) exponential: bool,
    /// Seconds an entry lives; infinite for one episode.
    pub(crate) ttl: f64,
    pub(crate) beta: f64,
    pub(crate) metric: &'static str,
    pub(crate) expected: f64,
    /// The number as it is printed.
    pub(crate) printed: &'static str,
    pub(crate) ci95: f64,
    pub(crate) method: &'static str,
    /// All that says which run it is about; rows of one run follow each other.
    pub(crate) run: &'static str,
}

impl Row {
    fn parse(line: usize, text: &'static str) -> Self {
        let fields: Vec<&'static str> = text.splitn(10, ',').collect();
        let [strategy, rate, delta, dist, ttl, beta, metric, printed, ci95, method] = fields[..]
        else {
            panic!("a golden row has ten fields: {text}");
        };
        let number = |text: &str| if text.is_empty() { f64::NAN } else { text.parse().unwrap() };
        Self {
            line,
            strategy,
            rate: number(rate),
            delta: number(delta),
            exponential: dist == "exp",
            ttl: number(ttl),
            beta: number(beta),
            metric,
            expected: number(printed),
            printed,
            ci95: number(ci95),
            method,
            run: &text[..text.find(&format!(",{metric},")).unwrap()],
        }
    }

    /// The metric without the remark in brackets that some rows carry.
    pub(crate) fn short_metric(&self) -> &'static str {
        let remark = ["(stored", "(one episode", "(mean of"];
        let end = remark.iter().filter_map(|text| self.metric.find(text)).min();
        &self.metric[..end.unwrap_or(self.metric.len())]
    }

    /// Whether the number is a formula's; a simulation at most confirmed it.
    pub(crate) fn is_closed_form(&self) -> bool {
        [
            "closed form",
            "geometric",
            "Erlang",
            "ln(C",
            "exact",
            "sum p_i",
            "1F1",
            "Che",
            "D(1-e",
            "1/(1+m)",
            "2/(2+m)",
        ]
        .iter()
        .any(|method| self.method.starts_with(method))
    }

    /// The standard error of the golden number.
    pub(crate) fn standard_error(&self) -> f64 {
        self.ci95 / 1.96
    }

    /// Half a unit of its last printed digit.
    pub(crate) fn half_digit(&self) -> f64 {
        let (digits, exponent) = self.printed.split_once('e').unwrap_or((self.printed, "0"));
        let decimals = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
        0.5 * 10_f64.powi(exponent.parse::<i32>().unwrap() - decimals)
    }

    /// The number that follows `label` in the strategy's name or the method, as in `P=4`.
    pub(crate) fn number_after(&self, label: &str) -> Option<f64> {
        let text = [self.strategy, self.method].into_iter().find(|text| text.contains(label))?;
        let tail = &text[text.find(label)? + label.len()..];
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tail.len());
        tail[..end].parse().ok()
    }
}

/// All of them.
pub(crate) fn rows() -> Vec<Row> {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).enumerate().map(|(line, text)| Row::parse(line, text)).collect()
}
