using System.Text.Json.Serialization;

namespace RecordingService.Infrastructure.Agora.Wire;

/// <param name="Vendor">Agora's number of the vendor.</param>
/// <param name="Region">Agora's number of the region.</param>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="AccessKey">Access key.</param>
/// <param name="SecretKey">Secret key.</param>
/// <param name="StsToken">Of temporary credentials only; vendors 1, 2 and 3.</param>
/// <param name="StsExpiration">Unix seconds.</param>
/// <param name="FileNamePrefix">Folders, letters and digits each.</param>
/// <param name="ExtensionParams">Vendor 11 only.</param>
internal sealed record StorageConfig(
    [property: JsonPropertyName("vendor")] int Vendor,
    [property: JsonPropertyName("region")] int Region,
    [property: JsonPropertyName("bucket")] string Bucket,
    [property: JsonPropertyName("accessKey")] string AccessKey,
    [property: JsonPropertyName("secretKey")] string SecretKey,
    [property: JsonPropertyName("stsToken")] string? StsToken,
    [property: JsonPropertyName("stsExpiration")] long? StsExpiration,
    [property: JsonPropertyName("fileNamePrefix")] IReadOnlyList<string>? FileNamePrefix,
    [property: JsonPropertyName("extensionParams")] StorageExtension? ExtensionParams
)
{
    /// <summary>A record would print its keys.</summary>
    public override string ToString() => Bucket;
}

internal sealed record StorageExtension([property: JsonPropertyName("endpoint")] string Endpoint);
