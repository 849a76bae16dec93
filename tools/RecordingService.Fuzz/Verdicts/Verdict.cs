using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using RecordingService.Fuzz.Requests;

namespace RecordingService.Fuzz.Verdicts;

/// <summary>A rule that an answer breaks.</summary>
/// <param name="Rule">The rule, the same for all of its findings.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Request">The request; null for what shows only afterwards.</param>
internal sealed record Finding(string Rule, string Detail, FuzzRequest? Request);

/// <summary>Judges answers by the OpenAPI document and by what no answer may tell.</summary>
internal sealed partial class Verdict(
    IReadOnlyList<Operation> operations,
    IReadOnlyList<string> secrets,
    IReadOnlyList<string> internalPlaces
)
{
    /// <summary>Problems that belong to no operation: the address is none, its method is another one, or the request was none.</summary>
    private static readonly HashSet<string> OfNoOperation =
    [
        "not-found",
        "method-not-allowed",
        "malformed-request",
        "request-timeout",
        "address-too-long",
        "headers-too-large",
    ];

    private static readonly string[] Members = ["type", "title", "status", "detail", "code", "traceId"];

    private readonly ConcurrentDictionary<string, byte> codes = new();

    /// <summary>Kinds of problems that were met; each must have its page.</summary>
    public IReadOnlyCollection<string> Codes => [.. codes.Keys.Order(StringComparer.Ordinal)];

    public IEnumerable<Finding> Judge(FuzzRequest request, Exchange exchange)
    {
        if (exchange.Fault is { } fault)
        {
            yield return new("every request is answered within 10 s, in HTTP/1.1", fault, request);
        }

        if (exchange.Probe is { Status: not 200 } probe)
        {
            yield return new("an answer ends where it says", $"a plain request behind it was answered {probe.Status}", request);
        }

        foreach (var answer in exchange.Answers)
        {
            foreach (var (rule, detail) in General(request, answer).Concat(request.IsAmbiguous ? [] : Documented(request, answer)))
            {
                yield return new(rule, detail, request);
            }
        }
    }

    private IEnumerable<(string Rule, string Detail)> General(FuzzRequest request, Answer answer)
    {
        if (answer.Status >= 500 && !(answer.Status == 503 && answer.Header("Retry-After") is not null))
        {
            yield return ("nothing is answered with 5xx but a deliberate 503", $"{answer.Status} {answer.Body}");
        }

        if (Leak(answer.Head + answer.Body) is { } leak)
        {
            yield return ("no answer tells of the inside", leak);
        }

        if (answer.Header("X-Injected") is not null)
        {
            yield return ("nobody writes headers into answers", answer.Head);
        }

        if (answer.Status >= 400 && !MayBeEmpty(request, answer) && NoProblem(answer) is { } why)
        {
            yield return ("every error is a problem document", $"{answer.Status}: {why}");
        }

        if (answer.Header("Trace-Id") is null)
        {
            yield return ("every answer names its trace", $"{answer.Status}");
        }
    }

    /// <summary>Only an answer to HEAD says what it has to say without a body.</summary>
    private static bool MayBeEmpty(FuzzRequest request, Answer answer) => answer.Body.Length == 0 && request.IsHead;

    /// <summary>Whether the document tells of this answer to this operation.</summary>
    private IEnumerable<(string Rule, string Detail)> Documented(FuzzRequest request, Answer answer)
    {
        if (
            request.Raw is not null
            || request.Path.Length < 2
            || request.Path[1..].Split('/').Any(segment => Uri.UnescapeDataString(segment) is "" or "." or "..")
        )
        {
            // The server takes a slash at the end for nothing, and parts of dots away; which operation that is, is its business.
            yield break;
        }

        var at = operations.Where(operation => operation.Matches(request.Path)).ToList();
        // Routing takes a method in small letters for the method.
        var method = request.IsHead ? "GET" : request.Method;
        var operation = at.Find(one => one.Method.Equals(method, StringComparison.OrdinalIgnoreCase));
        var code = answer.Status >= 400 ? Code(answer) : null;
        if (operation is null)
        {
            // 401, 403 and 429 come before anything else is told.
            if (answer.Status >= 400 && code is not null && !OfNoOperation.Contains(code) && answer.Status is not (401 or 403 or 429))
            {
                yield return ("what is no operation answers so", $"{answer.Status} {code}");
            }

            yield break;
        }

        var isDocumented =
            answer.Status < 400
                ? operation.Answers.ContainsKey(answer.Status)
                : MayBeEmpty(request, answer)
                    || (operation.Answers.TryGetValue(answer.Status, out var known) && (known.Count == 0 || known.Contains(code ?? "")))
                    || operation.AnyOther.Contains(code ?? "");
        if (!isDocumented)
        {
            yield return (
                "every answer is documented for its operation",
                $"{operation.Id} answered {answer.Status} {code}; documented are {string.Join(", ", operation.Answers.Select(one => one.Key.ToString(CultureInfo.InvariantCulture)))}"
            );
        }
    }

    private string? NoProblem(Answer answer)
    {
        if (answer.MediaType != "application/problem+json")
        {
            // A replica that is not ready says so in a document of its own.
            return answer.Status == 503 && answer.MediaType == "application/json"
                ? null
                : $"Content-Type is {answer.MediaType ?? "missing"}: {answer.Body}";
        }

        try
        {
            var problem = JsonDocument.Parse(answer.Body).RootElement;
            if (Members.FirstOrDefault(name => !problem.TryGetProperty(name, out _)) is { } missing)
            {
                return $"{missing} is missing: {answer.Body}";
            }

            var code = problem.GetProperty("code").GetString()!;
            codes.TryAdd(code, 0);
            return problem.GetProperty("status").GetInt32() != answer.Status ? $"status is {problem.GetProperty("status")}"
                : problem.GetProperty("type").GetString() != $"/problems/{code}" ? $"type is {problem.GetProperty("type")}"
                : problem.GetProperty("detail").GetString() is null or "" ? "detail is empty"
                : problem.GetProperty("traceId").GetString() is not { Length: > 0 } traceId ? "traceId is empty"
                : answer.Header("Trace-Id") is { } header && header != traceId ? $"Trace-Id is {header}, traceId {traceId}"
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return $"{e.Message}: {answer.Body}";
        }
    }

    private static string? Code(Answer answer)
    {
        try
        {
            return JsonDocument.Parse(answer.Body).RootElement.TryGetProperty("code", out var code) ? code.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string? Leak(string text) =>
        secrets.Concat(internalPlaces).FirstOrDefault(word => word.Length > 3 && text.Contains(word, StringComparison.Ordinal)) is { } told
            ? $"'{told}' in {Around(text, told)}"
        : Inside().Match(text) is { Success: true, Value: var found } ? $"'{found}' in {Around(text, found)}"
        : null;

    private static string Around(string text, string word)
    {
        var at = text.IndexOf(word, StringComparison.Ordinal);
        var from = Math.Max(0, at - 80);
        return text[from..Math.Min(text.Length, at + word.Length + 80)];
    }

    // Types, stack frames, SQL, drivers, folders, servers and their versions.
    [GeneratedRegex(
        @"\w+Exception\b|\bSystem\.[A-Z]|\bMicrosoft\.|Npgsql|EntityFramework|\bRecordingService\.[A-Z]|\n? {2,}at [A-Z]\w+\.|\.cs:line|SQLSTATE|recording\.(recordings|runs|schedule|idempotency)\b|select [a-z_]+ from|/(root|home|usr|var|tmp|proc|work|app)/|Kestrel|NullReference|ASP\.NET|\bPostgres|\d{2}P0\d|appsettings"
    )]
    private static partial Regex Inside();
}
