using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RecordingService.Client;

/// <summary>A request, which may be sent several times.</summary>
/// <param name="Method">Method.</param>
/// <param name="Path">Path and query, relative to the service, without a leading slash.</param>
internal sealed record Call(HttpMethod Method, string Path)
{
    /// <summary>Whether a repeat does no harm when nobody knows whether the first one was carried out.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Body in JSON.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The same for all attempts.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Version that is to be changed.</summary>
    public int? IfVersion { get; init; }

    /// <summary>How long the service may hold its answer back.</summary>
    public TimeSpan Wait { get; init; }

    public override string ToString() => $"{Method} /{Path}";

    public static Call Get(string path) => new(HttpMethod.Get, path) { IsRepeatable = true };

    public static Call Post(string path) => new(HttpMethod.Post, path);

    public static Call Patch(string path) => new(HttpMethod.Patch, path);

    public Call With<T>(T body, JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(body);
        return this with { Body = JsonSerializer.SerializeToUtf8Bytes(body, type) };
    }

    /// <summary>Adds a parameter to the query; null leaves it out.</summary>
    public Call Query(string name, string? value) =>
        value is null
            ? this
            : this with
            {
                Path = $"{Path}{(Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={Uri.EscapeDataString(value)}",
            };

    public Call Query(string name, long? value) => Query(name, value?.ToString(CultureInfo.InvariantCulture));

    public Call Query(string name, DateTimeOffset? value) =>
        Query(name, value?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));

    /// <summary>The message of one attempt.</summary>
    public HttpRequestMessage ToMessage(Uri service, string? apiKey)
    {
        var message = new HttpRequestMessage(Method, new Uri(service, Path));
        message.Headers.Accept.Add(new("application/json"));
        message.Headers.Accept.Add(new("application/problem+json"));
        Authorize(message, apiKey);
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body) { Headers = { ContentType = new("application/json") } };
        }

        if (IdempotencyKey is not null)
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", IdempotencyKey);
        }

        if (IfVersion is { } version)
        {
            message.Headers.IfMatch.Add(new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{version}\"")));
        }

        if (Wait >= TimeSpan.FromSeconds(1))
        {
            message.Headers.TryAddWithoutValidation(
                "Prefer",
                string.Create(CultureInfo.InvariantCulture, $"wait={(int)Wait.TotalSeconds}")
            );
        }

        return message;
    }

    public static void Authorize(HttpRequestMessage message, string? apiKey) =>
        message.Headers.Authorization = apiKey is null ? null : new("Bearer", apiKey);
}
