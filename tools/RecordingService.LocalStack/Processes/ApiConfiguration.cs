using System.Globalization;

namespace RecordingService.LocalStack.Processes;

/// <summary>What the API is told about its surroundings; <see cref="ToVariables"/> turns it into environment variables.</summary>
public sealed record ApiConfiguration
{
    /// <summary>Gets the connection string of the service's database.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Gets the addresses of Agora's hosts, in order of preference.</summary>
    /// <value>Empty: enough for a migration.</value>
    public IReadOnlyList<Uri> AgoraHosts { get; init; } = [];

    /// <summary>Gets the public address of the bucket, its name included.</summary>
    /// <value>Null: enough for a migration.</value>
    public Uri? BucketAddress { get; init; }

    /// <summary>Gets how many seconds of recording time pass in a real second before <see cref="RealFrom"/>.</summary>
    /// <value>1 by default.</value>
    public double Factor { get; init; } = 1;

    /// <summary>Gets the instant from which recording time is real time.</summary>
    public DateTimeOffset? RealFrom { get; init; }

    /// <summary>Gets further settings, which win over those above.</summary>
    public IReadOnlyDictionary<string, string> Further { get; init; } = new Dictionary<string, string>();

    /// <summary>Lists the environment variables that carry the configuration.</summary>
    public IReadOnlyDictionary<string, string> ToVariables()
    {
        const string project = "Agora__Projects__demo__";
        const string profile = "Storage__Profiles__lessons__";
        var variables = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__Recording"] = ConnectionString,
            ["Agora__DefaultProject"] = "demo",
            [$"{project}AppId"] = DemoAccount.AppId,
            [$"{project}CustomerKey"] = DemoAccount.CustomerKey,
            [$"{project}CustomerSecret"] = DemoAccount.CustomerSecret,
            [$"{project}Certificate"] = DemoAccount.Certificate,
            [$"{project}NotificationSecrets__0"] = DemoAccount.NotificationSecret,
            [$"{project}StorageProfile"] = "lessons",
            [$"{profile}Vendor"] = "AmazonS3",
            [$"{profile}Region"] = "US_EAST_1",
            [$"{profile}Bucket"] = DemoAccount.Bucket,
            [$"{profile}AccessKey"] = DemoAccount.AccessKey,
            [$"{profile}SecretKey"] = DemoAccount.SecretKey,
            // The bucket is the simulator's; Amazon knows neither it nor its keys.
            [$"{profile}Probe"] = "false",
            ["Secrets__Keys__local"] = DemoAccount.MasterKey,
            // Receivers that are tried out run on this machine.
            ["Webhooks__AllowedNetworks__0"] = "127.0.0.0/8",
            ["Webhooks__AllowedNetworks__1"] = "::1/128",
            ["RecordingTime__Factor"] = Factor.ToString(CultureInfo.InvariantCulture),
        };
        for (var i = 0; i < AgoraHosts.Count; i++)
        {
            variables[$"{project}Hosts__{i}"] = AgoraHosts[i].AbsoluteUri.TrimEnd('/');
        }

        if (BucketAddress is { } bucket)
        {
            variables[$"{profile}PublicBaseUrl"] = bucket.AbsoluteUri;
        }

        if (RealFrom is { } realFrom)
        {
            variables["RecordingTime__RealFrom"] = realFrom.ToString("O", CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in Further)
        {
            variables[name] = value;
        }

        return variables;
    }
}

/// <summary>The made-up Agora project and bucket that the simulator and the API agree on.</summary>
public static class DemoAccount
{
    /// <summary>App ID of the project.</summary>
    public const string AppId = "0123456789abcdef0123456789abcdef";

    /// <summary>App Certificate of the project.</summary>
    public const string Certificate = "fedcba9876543210fedcba9876543210";

    /// <summary>Customer key of the REST interface.</summary>
    public const string CustomerKey = "demo-key";

    /// <summary>Customer secret of the REST interface.</summary>
    public const string CustomerSecret = "demo-secret";

    /// <summary>Secret that signs the project's notifications.</summary>
    public const string NotificationSecret = "demo-notification-secret";

    /// <summary>Key that secrets in the database are encrypted with: base64 of 32 bytes.</summary>
    public const string MasterKey = "ZGVtby1tYXN0ZXIta2V5LW9mLTMyLWJ5dGVzLWhlcmU=";

    /// <summary>Name of the bucket.</summary>
    public const string Bucket = "lessons";

    /// <summary>Access key of the bucket.</summary>
    public const string AccessKey = "demo-access-key";

    /// <summary>Secret key of the bucket.</summary>
    public const string SecretKey = "demo-bucket-secret";
}
