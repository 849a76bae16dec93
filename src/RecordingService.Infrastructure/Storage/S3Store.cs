using System.Net;
using System.Text.RegularExpressions;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace RecordingService.Infrastructure.Storage;

/// <summary>What kept a store from doing as asked.</summary>
/// <param name="Field">Member of the storage profile that is at fault, where that can be told.</param>
/// <param name="Sentence">What happened, in plain words and without secrets.</param>
/// <param name="WhereFound">Where the right value is found, when a field is at fault.</param>
internal sealed record StoreFault(string? Field, string Sentence, string? WhereFound);

/// <summary>Objects under a folder, or why they could not be listed.</summary>
/// <param name="Objects">What is there, folders below left out; none when the listing failed.</param>
/// <param name="Fault">Why it failed, or null.</param>
/// <param name="IsWhole">False when there are more than were asked for.</param>
internal sealed record StoreListing(IReadOnlyList<StoredObject> Objects, bool IsWhole, StoreFault? Fault);

/// <summary>An object by its name without folders.</summary>
internal sealed record StoredObject(string Name, long Bytes);

/// <summary>A bucket through its S3 interface. Whatever the store does is a value; only cancellation by the caller throws.</summary>
internal sealed partial class S3Store : IDisposable
{
    /// <summary>10,000 objects: a recording of 20 h with slices, and pictures every 10 s.</summary>
    private const int MostPages = 10;

    private readonly StorageProfile _profile;
    private readonly AmazonS3Client _client;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly string _keyFields;

    /// <param name="profile">The profile; its <see cref="StorageProfile.S3Address"/> is known.</param>
    /// <param name="keys">Reads the keys anew for each request.</param>
    /// <param name="keyFields">What stands before the names of key fields in faults: empty, or "access.".</param>
    /// <param name="timeout">Longest answer to one question, all its pages together.</param>
    /// <param name="time">Clock of the time-out.</param>
    public S3Store(StorageProfile profile, Func<RecorderKeys?> keys, string keyFields, TimeSpan timeout, TimeProvider time)
    {
        (_profile, _timeout, _time, _keyFields) = (profile, timeout, time, keyFields);
        var address = profile.S3Address!;
        var config = new AmazonS3Config
        {
            ForcePathStyle = address.PathStyle,
            Timeout = timeout,
            ConnectTimeout = timeout < LongestConnect ? timeout : LongestConnect,
            // Whoever asks, asks again; and a retry would follow the bucket into its true region and hide that the profile names another.
            MaxErrorRetry = 0,
            AllowAutoRedirect = false,
            // The newer checksums are headers that many S3-compatible stores refuse.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            IgnoreConfiguredEndpointUrls = true,
        };
        if (address.ServiceUrl is { } url)
        {
            config.ServiceURL = url.AbsoluteUri;
            config.AuthenticationRegion = address.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(address.Region);
        }

        _client = new AmazonS3Client(new PresentKeys(keys), config);
    }

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(2);

    public void Dispose() => _client.Dispose();

    /// <summary>Writes a small text; null when that worked.</summary>
    public async Task<StoreFault?> WriteAsync(string key, string text, CancellationToken cancellationToken) =>
        (
            await TryAsync(
                    token =>
                        _client.PutObjectAsync(
                            new PutObjectRequest
                            {
                                BucketName = _profile.Bucket,
                                Key = key,
                                ContentBody = text,
                                ContentType = "text/plain",
                                // Chunks that are signed one by one are Amazon's own; other stores keep the signatures as content.
                                UseChunkEncoding = false,
                            },
                            token
                        ),
                    cancellationToken
                )
                .ConfigureAwait(false)
        ).Fault;

    /// <summary>Lists the objects of one folder.</summary>
    public async Task<StoreListing> ListAsync(IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var prefix = string.Concat(folders.Select(folder => $"{folder}/"));
        var objects = new List<StoredObject>();
        var (isWhole, fault) = await TryAsync(
                async token =>
                {
                    var request = new ListObjectsV2Request { BucketName = _profile.Bucket, Prefix = prefix };
                    for (var page = 0; page < MostPages; page++)
                    {
                        var answer = await _client.ListObjectsV2Async(request, token).ConfigureAwait(false);
                        objects.AddRange((answer.S3Objects ?? []).Select(o => new StoredObject(o.Key[prefix.Length..], o.Size ?? 0)));
                        if (answer.IsTruncated is not true)
                        {
                            return true;
                        }

                        request.ContinuationToken = answer.NextContinuationToken;
                    }

                    return false;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new StoreListing(fault is null ? [.. objects.Where(o => o.Name.Length > 0 && !o.Name.Contains('/'))] : [], isWhole, fault);
    }

    private async Task<(T? Value, StoreFault? Fault)> TryAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return (await ask(attempt.Token).ConfigureAwait(false), null);
        }
        // What a store answers may be anything, and the package wraps some of it, so every exception but the caller's own is its answer.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return (default, timeout.IsCancellationRequested ? Silent("no answer in time") : FaultOf(e));
        }
    }

    private StoreFault FaultOf(Exception exception)
    {
        switch (exception)
        {
            case KeysUnreadableException:
                return new StoreFault(
                    $"{_keyFields}accessKey",
                    "The keys cannot be read any more from where they are referred to.",
                    _profile.Rules.KeyPage
                );
            // For an answer without an error code, the package puts the name of its status there.
            case AmazonS3Exception { ErrorCode: { Length: > 0 } code } answer when code != answer.StatusCode.ToString():
                return OfCode(code, answer);
            case AmazonServiceException { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect } moved:
                return Elsewhere(moved);
            case AmazonServiceException { StatusCode: HttpStatusCode.Forbidden }:
                return Refused("HTTP 403");
            case AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError and not HttpStatusCode.NotImplemented } failed:
                return new StoreFault(null, $"The store failed (HTTP {(int)failed.StatusCode}).", null);
            case AmazonServiceException { StatusCode: not 0 } strange:
                return new StoreFault(
                    AddressField,
                    $"What answered is no S3 interface: HTTP {(int)strange.StatusCode} without an error code.",
                    AddressPage
                );
        }

        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
            {
                return new StoreFault(AddressField, "The host name of the store is not known.", AddressPage);
            }

            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError })
            {
                return new StoreFault(
                    AddressField,
                    "The store does not speak TLS at this address, or its certificate is not valid.",
                    AddressPage
                );
            }

            if (cause is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } failed)
            {
                return Silent($"{failed.HttpRequestError}");
            }
        }

        return exception is AmazonUnmarshallingException
            ? new StoreFault(AddressField, "What answered is no S3 interface: its answer cannot be read.", AddressPage)
            : Silent("connection lost");
    }

    private StoreFault OfCode(string code, AmazonS3Exception answer) =>
        code switch
        {
            "NoSuchBucket" => new("bucket", $"The store has no bucket '{_profile.Bucket}'.", _profile.Rules.BucketPage),
            "InvalidBucketName" => new("bucket", $"'{_profile.Bucket}' cannot be the name of a bucket here.", _profile.Rules.BucketPage),
            "InvalidAccessKeyId" or "InvalidAccessKey" or "AccessKeyIdNotFound" => new(
                $"{_keyFields}accessKey",
                "The store does not know the access key.",
                _profile.Rules.KeyPage
            ),
            "SignatureDoesNotMatch" => new(
                $"{_keyFields}secretKey",
                "The secret key does not belong to the access key.",
                _profile.Rules.KeyPage
            ),
            "ExpiredToken" or "TokenRefreshRequired" => new("stsToken", "The temporary keys have expired.", StsPage),
            "InvalidToken" or "InvalidSecurityToken" or "SecurityTokenNotSupported" => new(
                "stsToken",
                "The session token does not belong to the temporary keys.",
                StsPage
            ),
            "PermanentRedirect"
            or "TemporaryRedirect"
            or "Redirect"
            or "AuthorizationHeaderMalformed"
            or "IllegalLocationConstraintException" => Elsewhere(answer),
            "AccessDenied" or "AllAccessDisabled" => Refused(code),
            "RequestTimeTooSkewed" => new(null, "The clock of this machine is wrong: the store refuses signatures of that time.", null),
            _ when answer.StatusCode == HttpStatusCode.Forbidden => Refused(code),
            _ => new(null, $"The store answered HTTP {(int)answer.StatusCode}, {code}.", null),
        };

    private StoreFault Refused(string code) =>
        new(
            null,
            $"The store refuses these keys in bucket '{_profile.Bucket}' ({code}): their policy does not allow it, or the bucket belongs to somebody else.",
            _profile.Rules.KeyPage
        );

    private StoreFault Elsewhere(AmazonServiceException answer) =>
        new(
            "region",
            RegionOf(answer) is { } region
                ? $"The bucket is in {region}, not in {_profile.S3Address!.Region}."
                : $"The bucket is not in {_profile.S3Address!.Region}.",
            _profile.Rules.BucketPage
        );

    /// <summary>The region that the store itself names: in a header, or in words ("expecting 'eu-central-1'").</summary>
    private static string? RegionOf(AmazonServiceException answer)
    {
        var header = (answer.InnerException as Amazon.Runtime.Internal.HttpErrorResponseException)?.Response?.GetHeaderValue(
            "x-amz-bucket-region"
        );
        return header is { Length: > 0 } ? header
            : ExpectedRegion().Match(answer.Message ?? "") is { Success: true } match ? match.Groups["region"].Value
            : null;
    }

    [GeneratedRegex("expecting '(?<region>[a-z0-9-]{1,40})'", RegexOptions.CultureInvariant)]
    private static partial Regex ExpectedRegion();

    private StoreFault Silent(string why) =>
        new(
            _profile.VendorName == "AmazonS3" && _profile.S3Address!.ServiceUrl is null ? null : AddressField,
            $"The store did not answer: {why}.",
            null
        );

    /// <summary>The member that the address comes from.</summary>
    private string? AddressField =>
        _profile.S3Address!.ServiceUrl is null ? "region"
        : _profile.Endpoint is { } endpoint && _profile.S3Address.ServiceUrl.Authority.Equals(endpoint, StringComparison.OrdinalIgnoreCase)
            ? "endpoint"
        : "access.serviceUrl";

    private const string AddressPage = "The vendor lists the addresses of its S3 interface among its endpoints";

    private const string StsPage = "It comes with the temporary keys, from the vendor's security token service (STS)";

    private sealed class PresentKeys(Func<RecorderKeys?> keys) : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() =>
            keys() is { } present
                ? new ImmutableCredentials(present.AccessKey, present.SecretKey, present.StsToken)
                : throw new KeysUnreadableException();
    }

    private sealed class KeysUnreadableException : Exception;
}

/// <summary>The S3 interfaces of the profiles that have one, each made when it is first asked for.</summary>
internal sealed class S3Stores(TimeSpan timeout, TimeProvider time) : IDisposable
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(string Profile, bool Own), Lazy<S3Store>> _stores = new();

    /// <summary>The bucket with this service's own keys; null when the profile has none.</summary>
    public S3Store? OwnOf(StorageProfile profile) => profile.HasOwnAccess ? Make(profile, true, profile.OwnKeys, "access.") : null;

    /// <summary>The bucket with the recorder's keys; null when it cannot be reached so.</summary>
    public S3Store? RecordersOf(StorageProfile profile) => profile.S3Address is null ? null : Make(profile, false, profile.Keys, "");

    public void Dispose()
    {
        foreach (var store in _stores.Values.Where(s => s.IsValueCreated))
        {
            store.Value.Dispose();
        }
    }

    private S3Store Make(StorageProfile profile, bool own, Func<RecorderKeys?> keys, string keyFields) =>
        _stores.GetOrAdd((profile.Name, own), _ => new Lazy<S3Store>(() => new S3Store(profile, keys, keyFields, timeout, time))).Value;
}
