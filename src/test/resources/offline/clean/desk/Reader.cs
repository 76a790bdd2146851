using System.IO;
using System.Security.Cryptography;
using System.Text.Json;

class Reader
{
    const string Advice = @"do not use new BinaryFormatter().Deserialize(stream)";

    Settings Load(Stream stream)
    {
        return JsonSerializer.Deserialize<Settings>(stream);
    }

    // MD5.Create() is too weak
    byte[] Sum(byte[] data)
    {
        using (var sha = SHA256.Create())
        {
            return sha.ComputeHash(data);
        }
    }
}
