using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RecordingService.Client;

/// <summary>Checks that a webhook came from the service, was not changed on its way and is not an old one sent again, and reads it.</summary>
/// <remarks>
/// <b>Source:</b> Standard Webhooks, specification 1.0.0 (standardwebhooks.com): HMAC-SHA256 of <c>webhook-id.webhook-timestamp.body</c>, in base64, as
/// <c>v1,SIGNATURE</c>; several of them with blanks between while secrets are rotated. Signatures of other versions are passed over.
/// <para>The bytes of the body are what counts: take them as they came, before any JSON is read or written.</para>
/// </remarks>
public sealed class WebhookVerifier
{
    /// <summary>Name of the header with the identity of the event; the same for every try to deliver it.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>Name of the header with the seconds since 1970 at which this try was signed.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>Name of the header with the signatures.</summary>
    public const string SignatureHeader = "webhook-signature";

    private const string SecretPrefix = "whsec_";
    private const string Version = "v1,";
    private const int LeastSecretBytes = 24;
    private const int MostSecretBytes = 64;

    /// <summary>Far more than a rotation needs; each costs a comparison with each secret.</summary>
    private const int MostSignatures = 32;

    private readonly byte[][] keys;

    /// <summary>Initialises a verifier.</summary>
    /// <param name="secrets">Secrets of the webhook, <c>whsec_...</c>: one, or two while they are rotated. Each will do.</param>
    /// <exception cref="ArgumentException">There is none, or one is no such secret. The message does not tell it.</exception>
    public WebhookVerifier(params IReadOnlyList<string> secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        if (secrets.Count == 0)
        {
            throw new ArgumentException("A webhook has one secret at least.", nameof(secrets));
        }

        keys = [.. secrets.Select(KeyOf)];
    }

    /// <summary>How far the time of the signature may be from now, in both directions.</summary>
    /// <value>Default 5 min, as the specification recommends.</value>
    public TimeSpan Tolerance { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock that tells now.</summary>
    /// <value>Default: the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Checks a webhook and reads its event.</summary>
    /// <param name="body">The body, byte for byte.</param>
    /// <param name="header">Tells the value of a header by its name, or null: <c>name => request.Headers[name]</c>.</param>
    /// <exception cref="WebhookVerificationException">It is not genuine, or cannot be read: answer 400 or 401, and do nothing of what it says.</exception>
    public RecordingEvent Verify(ReadOnlyMemory<byte> body, Func<string, string?> header)
    {
        ArgumentNullException.ThrowIfNull(header);
        return Verify(body, header(IdHeader), header(TimestampHeader), header(SignatureHeader));
    }

    /// <summary>Checks a webhook and reads its event.</summary>
    /// <param name="body">The body, byte for byte.</param>
    /// <param name="id">Value of <see cref="IdHeader"/>; null when it is missing.</param>
    /// <param name="timestamp">Value of <see cref="TimestampHeader"/>; null when it is missing.</param>
    /// <param name="signature">Value of <see cref="SignatureHeader"/>; null when it is missing.</param>
    /// <exception cref="WebhookVerificationException">It is not genuine, or cannot be read: answer 400 or 401, and do nothing of what it says.</exception>
    public RecordingEvent Verify(ReadOnlyMemory<byte> body, string? id, string? timestamp, string? signature)
    {
        VerifySignature(body.Span, id, timestamp, signature);
        try
        {
            return JsonSerializer.Deserialize(body.Span, ClientJson.Default.RecordingEvent) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new WebhookVerificationException(WebhookFault.Unreadable, $"The body is genuine, and no event: {e.Message}", e);
        }
    }

    private static byte[] KeyOf(string secret)
    {
        var text = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        var key = new byte[MostSecretBytes + 3];
        return Convert.TryFromBase64String(text, key, out var length) && length is >= LeastSecretBytes and <= MostSecretBytes
            ? key[..length]
            : throw new ArgumentException(
                $"A secret is {SecretPrefix} and {LeastSecretBytes} to {MostSecretBytes} bytes in base64.",
                nameof(secret)
            );
    }

    private static byte[] SignedContent(string id, string timestamp, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        var content = new byte[head.Length + body.Length];
        head.CopyTo(content, 0);
        body.CopyTo(content.AsSpan(head.Length));
        return content;
    }

    private void VerifySignature(ReadOnlySpan<byte> body, string? id, string? timestamp, string? signature)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(timestamp) || string.IsNullOrEmpty(signature))
        {
            throw new WebhookVerificationException(
                WebhookFault.HeaderMissing,
                $"A webhook has the headers {IdHeader}, {TimestampHeader} and {SignatureHeader}."
            );
        }

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            throw new WebhookVerificationException(WebhookFault.TimestampInvalid, $"{TimestampHeader} is not in seconds since 1970.");
        }

        // As a number: the largest that fit into the header are no times.
        var away = (decimal)seconds - TimeProvider.GetUtcNow().ToUnixTimeSeconds();
        if (Math.Abs(away) > (decimal)Tolerance.TotalSeconds)
        {
            throw new WebhookVerificationException(
                WebhookFault.TimestampOutOfTolerance,
                $"It was signed {Math.Abs(away)} s {(away < 0 ? "ago" : "in the future")}; {Tolerance} are tolerated. Is the clock of this machine right?"
            );
        }

        if (!IsSigned(SignedContent(id, timestamp, body), signature))
        {
            throw new WebhookVerificationException(WebhookFault.SignatureWrong, "No signature is that of a known secret.");
        }
    }

    /// <summary>Whether one signature is right. All are looked at, so that the time tells nothing of which.</summary>
    private bool IsSigned(byte[] content, string signatures)
    {
        var expected = keys.Select(key => HMACSHA256.HashData(key, content)).ToList();
        var given = new byte[HMACSHA256.HashSizeInBytes + 3];
        var isSigned = false;
        foreach (var signature in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MostSignatures))
        {
            if (
                signature.StartsWith(Version, StringComparison.Ordinal)
                && Convert.TryFromBase64Chars(signature.AsSpan(Version.Length), given, out var length)
            )
            {
                foreach (var one in expected)
                {
                    isSigned |= CryptographicOperations.FixedTimeEquals(one, given.AsSpan(0, length));
                }
            }
        }

        return isSigned;
    }
}

/// <summary>A webhook is not genuine, or cannot be read.</summary>
public sealed class WebhookVerificationException : Exception
{
    internal WebhookVerificationException(WebhookFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>What is wrong.</summary>
    public WebhookFault Fault { get; }
}

/// <summary>What is wrong with a webhook.</summary>
public enum WebhookFault
{
    /// <summary>One of its three headers is missing.</summary>
    HeaderMissing,

    /// <summary>Its time is none.</summary>
    TimestampInvalid,

    /// <summary>It was signed too long ago, or in the future.</summary>
    TimestampOutOfTolerance,

    /// <summary>None of its signatures is right.</summary>
    SignatureWrong,

    /// <summary>It is genuine, and its body is no event that this version of the client can read.</summary>
    Unreadable,
}
