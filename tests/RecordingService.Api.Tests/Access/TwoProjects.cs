using RecordingService.LocalStack.Processes;

namespace RecordingService.Api.Tests.Access;

/// <summary>A service for two projects, each with a storage profile of its own, and one profile that belongs to neither.</summary>
internal static class TwoProjects
{
    public const string Other = "college";

    public static Dictionary<string, string?> With(params (string Key, string? Value)[] more)
    {
        const string project = "Agora:Projects:College:";
        Dictionary<string, string?> settings = new()
        {
            ["Agora:DefaultProject"] = "School",
            [$"{project}AppId"] = "11111111111111111111111111111111",
            [$"{project}CustomerKey"] = DemoAccount.CustomerKey,
            [$"{project}CustomerSecret"] = DemoAccount.CustomerSecret,
            [$"{project}Certificate"] = DemoAccount.Certificate,
            [$"{project}Hosts:0"] = $"http://127.0.0.1:{LoopbackPort.FindFree()}",
            [$"{project}StorageProfile"] = "Annex",
        };
        foreach (var profile in new[] { "Annex", "Common" })
        {
            settings[$"Storage:Profiles:{profile}:Vendor"] = "AmazonS3";
            settings[$"Storage:Profiles:{profile}:Region"] = "US_EAST_1";
            settings[$"Storage:Profiles:{profile}:Bucket"] = profile.ToLowerInvariant();
            settings[$"Storage:Profiles:{profile}:AccessKey"] = DemoAccount.AccessKey;
            settings[$"Storage:Profiles:{profile}:SecretKey"] = DemoAccount.SecretKey;
            settings[$"Storage:Profiles:{profile}:Probe"] = "false";
        }

        foreach (var (key, value) in more)
        {
            settings[key] = value;
        }

        return settings;
    }
}
