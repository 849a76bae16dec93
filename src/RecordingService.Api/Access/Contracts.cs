using System.ComponentModel.DataAnnotations;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Api.Access;

/// <summary>A key to be made.</summary>
public sealed record CreateApiKeyRequest
{
    /// <summary>Name of the calling backend: 1 to 64 of a-z, 0-9, '-', '.' and '_'. Its idempotency keys and its lines in timelines and audit go by it.</summary>
    [Required, MaxLength(ApiKeys.CallerCharacters)]
    public required string Caller { get; init; }

    /// <summary>What the key lets it do; no scope implies another.</summary>
    [Required, MinLength(1)]
    public required IReadOnlyList<Scope> Scopes { get; init; }

    /// <summary>Projects that the key is good for; all when it is left out. Not beside the scope admin.</summary>
    public IReadOnlyList<string>? Projects { get; init; }

    /// <summary>How long the key is good, PT1M to P3650D; for ever when it is left out.</summary>
    public TimeSpan? ExpiresAfter { get; init; }
}

/// <summary>A key that was made.</summary>
/// <param name="Key">What the caller sends as a bearer token. It is shown this once; only its hash is kept.</param>
/// <param name="Properties">What is kept of it.</param>
public sealed record CreatedApiKey(string Key, ApiKey Properties);

/// <summary>The API keys.</summary>
/// <param name="Items">Live ones first, then the newest.</param>
public sealed record ApiKeyList(IReadOnlyList<ApiKey> Items);

/// <summary>Lines of the audit.</summary>
/// <param name="Items">Oldest first.</param>
/// <param name="Next">Where to read on: pass it as <c>after</c>.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Items, long Next);
